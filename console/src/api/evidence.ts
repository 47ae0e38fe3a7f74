import { api, taken } from "./client";
import { base64url, CLOCK, signedBytes } from "./device";
import { Problem } from "./problem";
import { canonicalTime, type Opening, pledgeStatement, statement } from "./statement";
import type { Me } from "./types";

/** Evidence as a header of a request that has no body. */
export const evidenceHeader = (evidence: Evidence | null): Record<string, string> =>
  evidence ? { "Hushkeep-Evidence": base64url(new TextEncoder().encode(JSON.stringify(evidence))) } : {};

export type Evidence = { event: string; at: string; signature: string };

/** Sign, with this browser's own key, for one opening of one event that the server names beforehand. */
export async function evidenceFor(me: Me, opening: Opening): Promise<Evidence | null> {
  const { event, device } = await taken(api.POST("/api/v1/challenges"));
  if (!device) return null;
  const at = canonicalTime(Date.now() + CLOCK.ahead);
  const signature = await signedBytes(statement(me, device, event, at, opening));
  return signature && { event, at, signature: base64url(signature) };
}

/** Sign for the clear export of `approval`; throws Problem 403 where this browser is not trusted, and so cannot. */
export async function pledgeFor(me: Me, approval: string): Promise<Evidence> {
  const said = await taken(api.GET("/api/v1/approvals/{approval}/statement", { params: { path: { approval } } }));
  const { device } = await taken(api.POST("/api/v1/challenges"));
  const untrusted = new Problem(403, "denied", { reason: "device_unknown" });
  if (!device) throw untrusted;
  const at = canonicalTime(Date.now() + CLOCK.ahead);
  const signature = await signedBytes(pledgeStatement(me, device, at, said));
  if (!signature) throw untrusted;
  return { event: said.event, at, signature: base64url(signature) };
}
