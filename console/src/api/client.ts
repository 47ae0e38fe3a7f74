import createClient from "openapi-fetch";

import { aheadBy, CLOCK, withProof } from "./device";
import { problemOf, Problem } from "./problem";
import type { paths } from "./schema";

const meta = (name: string): string => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";

/** The cross-site request token: the server names its cookie, since a site may use the `__Host-` prefix. */
export function csrfToken(cookies = document.cookie, name = meta("csrf-cookie")): string {
  const found = cookies.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

export const isDemoSite = (): boolean => meta("hushkeep-demo") === "true";

export const SIGNED_OUT = new EventTarget();

/** When the server last heard from this page (milliseconds since the epoch): the idle limit counts from here. */
export const ACTIVITY = { at: Date.now() };

const UNSAFE = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** When each request left (milliseconds since the epoch). */
const SENT = new WeakMap<Request, number>();

export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: "same-origin" });

api.use({
  async onRequest({ request }) {
    request.headers.set("Accept", "application/json");
    if (UNSAFE.has(request.method)) {
      request.headers.set("X-CSRFToken", csrfToken());
      if (request.method === "POST") request.headers.set("Idempotency-Key", crypto.randomUUID());
    }
    const proved = await withProof(request);
    SENT.set(proved, Date.now());
    return proved;
  },
  onResponse({ request, response }) {
    const there = Date.parse(response.headers.get("Date") ?? "");
    if (!Number.isNaN(there)) CLOCK.ahead = aheadBy(there, SENT.get(request) ?? there, Date.now());
    // What a page asks by itself does not keep a session awake, on the server either.
    if (!/\/api\/v1\/(me|status)$/.test(new URL(request.url).pathname)) ACTIVITY.at = Date.now();
  },
});

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The value of an answer; a Problem is thrown for every refusal, and for a server that can't be reached. */
export async function taken<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked.catch(() => {
    throw new Problem(0, "offline");
  });
  if (response.ok) return data as T;
  const problem = problemOf(response.status, error);
  if (problem.status === 401) SIGNED_OUT.dispatchEvent(new Event("signed-out"));
  throw problem;
}
