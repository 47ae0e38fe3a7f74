import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from "react";

import type { Action } from "../actions";
import { signOut } from "../api/auth";
import { ACTIVITY, SIGNED_OUT } from "../api/client";
import type { Me } from "../api/types";
import { StepUpDialog } from "./StepUpDialog";
import { asksElevation, asksStepUp } from "../api/problem";
import { ElevationDialog } from "./ElevationDialog";

type Session = {
  me: Me;
  expired: boolean;
  may: (action: Action) => boolean;
  leave: () => Promise<void>;
  /** Run ``act``; if the server asks for a fresh second factor, ask the person and run it once more. */
  confirmed: <T>(act: () => Promise<T>) => Promise<T>;
  /** Ask for what ``error`` says is missing: a fresh second factor, or rights; true when it was given. */
  confirm: (error: unknown) => Promise<boolean>;
  /** Take administrator's rights beforehand. */
  elevate: () => Promise<void>;
};

const Here = createContext<Session | null>(null);

export function useSession(): Session {
  const value = use(Here);
  if (!value) throw new Error("nobody is signed in here");
  return value;
}

/** The session where there is one: parts also stand on pages that nobody is signed in to. */
export const useSessionIfAny = (): Session | null => use(Here);

/** The earlier of two ends: too long without activity, or the session's own limit. Milliseconds from ``now``. */
export function millisecondsLeft(session: Me["session"], lastActivity: number, now: number): number {
  const idleEnd = lastActivity + session.idle_seconds * 1000;
  const absoluteEnd = Date.parse(session.expires_at);
  return Math.max(0, Math.min(idleEnd, Number.isNaN(absoluteEnd) ? idleEnd : absoluteEnd) - now);
}

/** Say that the session is over when its time has passed, without asking the server: asking would prolong it. */
function useOwnExpiry(session: Me["session"], expired: boolean): void {
  useEffect(() => {
    if (expired) return undefined;
    let timer = 0;
    const wait = (): void => {
      const left = millisecondsLeft(session, ACTIVITY.at, Date.now());
      if (left === 0) SIGNED_OUT.dispatchEvent(new Event("signed-out"));
      else timer = window.setTimeout(wait, Math.min(left, 30_000));
    };
    wait();
    return () => window.clearTimeout(timer);
  }, [session, expired]);
}

type Pending = { answer: (confirmed: boolean) => void; elevation: boolean; error: unknown };

export function SessionProvider({ me, expired, children }: { me: Me; expired: boolean; children: ReactNode }) {
  const queries = useQueryClient();
  const [pending, setPending] = useState<Pending | null>(null);
  useOwnExpiry(me.session, expired);

  const leave = useCallback(async () => {
    await signOut();
    queries.clear();
    window.location.assign("/");
  }, [queries]);

  const ask = useCallback(async (error: unknown, elevation: boolean): Promise<boolean> => {
    const yes = await new Promise<boolean>((answer) => setPending({ answer, elevation, error }));
    setPending(null);
    return yes;
  }, []);

  const confirm = useCallback((error: unknown) => ask(error, asksElevation(error)), [ask]);

  const confirmed = useCallback(
    async <T,>(act: () => Promise<T>): Promise<T> => {
      // A fresh second factor may be asked for twice over: for the rights themselves, and for what is done with them.
      for (let tries = 0; ; tries += 1) {
        try {
          return await act();
        } catch (error) {
          if (!asksStepUp(error) || tries === 2) throw error;
          if (!(await confirm(error))) throw error;
        }
      }
    },
    [confirm],
  );

  const elevate = useCallback(async () => void (await ask(null, true)), [ask]);

  const value = useMemo<Session>(() => {
    const permitted = new Set(me.permissions);
    return { me, expired, may: (action) => permitted.has(action), leave, confirmed, confirm, elevate };
  }, [me, expired, leave, confirmed, confirm, elevate]);

  return (
    <Here value={value}>
      {children}
      <ElevationDialog open={pending?.elevation === true} onAnswer={(yes) => pending?.answer(yes)} />
      <StepUpDialog open={pending !== null && !pending.elevation} error={pending?.error} onAnswer={(yes) => pending?.answer(yes)} />
    </Here>
  );
}
