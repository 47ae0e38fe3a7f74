import { csrfToken } from "./client";
import { withProof } from "./device";
import { Problem } from "./problem";

const BASE = "/_allauth/browser/v1";

type Flow = { id: string; is_pending?: boolean; types?: string[] };
type Reply<T> = {
  status: number;
  data?: T;
  errors?: { code?: string; message?: string }[];
};

/** Where a sign-in stands: through, waiting for the second factor (a passkey or a code, a code), or not yet begun. */
export type SignInStep = "done" | "passkey" | "second_factor" | "password";

/** Speak with sign-in; a request of a running session carries this browser's proof, as all others do. */
export async function called<T = { flows?: Flow[] }>(method: string, path: string, body?: unknown): Promise<Reply<T>> {
  const request = new Request(`${window.location.origin}${BASE}/${path}`, {
    method,
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      "X-CSRFToken": csrfToken(),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await fetch(await withProof(request)).catch(() => {
    throw new Problem(0, "offline");
  });
  const reply = (await answer.json().catch(() => ({}))) as Partial<Reply<T>>;
  return { ...reply, status: answer.status };
}

const call = (method: string, path: string, body?: unknown) => called(method, `auth/${path}`, body);

function stepOf(reply: Reply<{ flows?: Flow[] }>): SignInStep {
  if (reply.status === 200) return "done";
  const pending = reply.data?.flows?.find((flow) => flow.id === "mfa_authenticate" && flow.is_pending);
  if (reply.status === 401 && pending) return pending.types?.includes("webauthn") ? "passkey" : "second_factor";
  if (reply.status === 429) throw new Problem(429, "too_many_requests");
  if (reply.status === 403) throw new Problem(403, "locked_out");
  if (reply.status >= 500) throw new Problem(reply.status, "unavailable");
  if (reply.errors?.length) throw new Problem(reply.status, codeOf(reply.errors));
  return "password";
}

/** One word for every wrong name or password: which of the two it was is nobody's business. */
function codeOf(errors: { code?: string }[]): string {
  const code = errors[0]?.code ?? "";
  if (/code/.test(code)) return "wrong_code";
  if (/too_many|rate/.test(code)) return "too_many_requests";
  return "wrong_credentials";
}

export const signIn = async (username: string, password: string): Promise<SignInStep> =>
  stepOf(await call("POST", "login", { username, password }));

/** Give the second factor: a code of the authenticator or a recovery code. */
export const giveCode = async (code: string): Promise<SignInStep> => {
  const reply = await call("POST", "2fa/authenticate", { code: code.replace(/[\s-]/g, "") });
  if (reply.status === 400) throw new Problem(400, "wrong_code");
  return stepOf(reply);
};

/** Give a fresh second factor in a running session. */
export const stepUp = async (code: string): Promise<void> => {
  const reply = await call("POST", "2fa/reauthenticate", { code: code.replace(/\s/g, "") });
  if (reply.status === 400) throw new Problem(400, "wrong_code");
  if (reply.status === 429) throw new Problem(429, "too_many_requests");
  if (reply.status !== 200) throw new Problem(reply.status, "signed_out");
};

/** End the session here and on the server; a session that is gone already is as good. */
export const signOut = async (): Promise<void> => {
  await call("DELETE", "session");
};
