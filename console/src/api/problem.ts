/** What went wrong, as the server says it: a stable code and its parameters, never a sentence. */
export class Problem extends Error {
  readonly code: string;
  readonly params: Record<string, unknown>;
  readonly status: number;
  readonly request: string | null;

  constructor(status: number, code: string, params: Record<string, unknown> = {}, request: string | null = null) {
    super(code);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.params = params;
    this.request = request;
  }
}

const BY_STATUS: Record<number, string> = {
  401: "signed_out",
  403: "denied",
  404: "not_found",
  409: "conflict",
  413: "too_large",
  422: "invalid_input",
  429: "too_many_requests",
  500: "internal",
  502: "unavailable",
  503: "unavailable",
};

/** Read a refusal: its problem+json when it has one, the meaning of its status otherwise. */
export function problemOf(status: number, body: unknown): Problem {
  const fallback = BY_STATUS[status] ?? "internal";
  if (typeof body !== "object" || body === null) return new Problem(status, fallback);
  const { code, params, request_id: request } = body as { code?: unknown; params?: unknown; request_id?: unknown };
  return new Problem(
    status,
    typeof code === "string" ? code : fallback,
    typeof params === "object" && params !== null ? (params as Record<string, unknown>) : {},
    typeof request === "string" ? request : null,
  );
}

const STEP_UP = new Set(["step_up", "step_up_required", "second_factor_stale"]);

/** True when the server asks for a fresh second factor before it goes on. */
export const asksStepUp = (error: unknown): boolean =>
  error instanceof Problem && (STEP_UP.has(error.code) || STEP_UP.has(String(error.params["reason"])));

/** The words for a session that shows up in another network or country than before; undefined when it does not. */
export function movedTo(error: unknown): "stepUp.network" | "stepUp.country" | undefined {
  const reason = error instanceof Problem ? error.params["reason"] : undefined;
  if (reason === "network_changed") return "stepUp.network";
  return reason === "country_changed" ? "stepUp.country" : undefined;
}

/** True when it takes administrator's rights, which are taken for the occasion. */
export const asksElevation = (error: unknown): boolean => error instanceof Problem && error.params["reason"] === "elevation_missing";

/** True when the session is gone. */
export const isSignedOut = (error: unknown): boolean => error instanceof Problem && error.status === 401;
