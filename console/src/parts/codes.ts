import { Problem } from "../api/problem";

/** True when a sign-in has to begin again: its pending half has lapsed. */
export const isStarting = (error: unknown): boolean =>
  error instanceof Problem && ["signed_out", "wrong_credentials", "locked_out"].includes(error.code);
