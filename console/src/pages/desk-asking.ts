import { App } from "antd";

import { asksStepUp } from "../api/problem";
import { useProblemText } from "../parts/problem-text";
import { useSession } from "../session/session";

/** Ask with a fresh second factor where it takes one; say what was refused. */
export function useAsking(): (act: () => Promise<void>) => Promise<void> {
  const { confirmed } = useSession();
  const { message } = App.useApp();
  const problemText = useProblemText();
  return async (act) => {
    try {
      await confirmed(act);
    } catch (error) {
      if (!asksStepUp(error)) void message.error(problemText(error));
    }
  };
}
