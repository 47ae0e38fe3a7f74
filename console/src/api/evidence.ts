import { api, taken } from "./client";
import { base64url, CLOCK, signedBytes } from "./device";
import { canonicalTime, type Opening, statement } from "./statement";
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
