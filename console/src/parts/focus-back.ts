import { useEffect, useState } from "react";

/** Give the focus back to whoever had it before this dialogue came, when it goes from the page for good. */
export function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    },
    [before],
  );
}
