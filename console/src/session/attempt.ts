import { useState } from "react";

import { asksStepUp } from "../api/problem";
import { useSession } from "./session";

type Attempt = {
  busy: boolean;
  /** What went wrong last, or null. */
  problem: unknown;
  /** Do `act`, with a second factor where one is asked for, then `after`; return whether both were done. */
  attempt: (act: () => Promise<unknown>, after?: () => unknown) => Promise<boolean>;
  forget: () => void;
};

/** One act of a dialog: its button waits meanwhile, what fails is told, a step-up that is put away is no failure. */
export function useAttempt(): Attempt {
  const { confirmed } = useSession();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const attempt: Attempt["attempt"] = async (act, after) => {
    setBusy(true);
    setProblem(null);
    try {
      await confirmed(act);
      await after?.();
      return true;
    } catch (error) {
      if (!asksStepUp(error)) setProblem(error);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, attempt, forget: () => setProblem(null) };
}
