import { useCallback, useEffect, useRef, useState } from "react";

import type { Revealed } from "../api/types";

export type ClearText = { texts: Map<number, string>; purpose: string; secondsLeft: number };

/**
 * Clear texts of one conversation while they may be shown. They live here alone: never in a cache, never in storage.
 * They are dropped when their time is over, when the page is left, and when the session ends.
 */
export function useClearText(expired: boolean) {
  const [shown, setShown] = useState<ClearText | null>(null);
  const [wiped, setWiped] = useState(false);
  const endsAt = useRef(0);

  const hide = useCallback(() => {
    setShown(null);
    setWiped(true);
  }, []);

  const show = useCallback((revealed: Revealed, purpose: string) => {
    endsAt.current = performance.now() + revealed.expires_in * 1000;
    setWiped(false);
    setShown({ texts: new Map(revealed.turns.map((turn) => [turn.n, turn.text])), purpose, secondsLeft: revealed.expires_in });
  }, []);

  const showing = shown !== null;
  useEffect(() => {
    if (!showing) return undefined;
    const tick = (): void => {
      const left = Math.ceil((endsAt.current - performance.now()) / 1000);
      if (left <= 0) hide();
      else setShown((now) => now && { ...now, secondsLeft: left });
    };
    const clock = window.setInterval(tick, 250);
    // A tab that slept past the end must not show the text for the moment until the next tick.
    document.addEventListener("visibilitychange", tick);
    return () => {
      window.clearInterval(clock);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [showing, hide]);

  useEffect(() => {
    if (expired) hide();
  }, [expired, hide]);

  return { shown, wiped, show, hide };
}

/** Whether this window is in front; clear text is covered while it is not. */
export function useInFront(): boolean {
  const [inFront, setInFront] = useState(() => document.visibilityState === "visible");
  useEffect(() => {
    const look = (): void => setInFront(document.visibilityState === "visible" && document.hasFocus());
    for (const name of ["focus", "blur"] as const) window.addEventListener(name, look);
    document.addEventListener("visibilitychange", look);
    return () => {
      for (const name of ["focus", "blur"] as const) window.removeEventListener(name, look);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return inFront;
}
