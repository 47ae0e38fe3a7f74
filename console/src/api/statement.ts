import type { Me } from "./types";

/**
 * What is to be opened, as the key service is told of it (docs/crypto-spec.md, section 10): by the agent of a live
 * conversation, or without one by a reviewer.
 */
export type Opening = { conversation: string | null; subject: string; classes: readonly string[]; purpose: string };

/** The moment as the canonical form writes it: UTC, six digits. */
export const canonicalTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace("Z", "000Z");

/** The canonical bytes of a statement: its keys in alphabetical order, no spaces. */
export const statement = (me: Pick<Me, "person" | "tenant">, device: string, event: string, at: string, opening: Opening): string =>
  JSON.stringify({
    actor: me.person.id,
    at,
    classes: opening.classes.toSorted(),
    conversation: opening.conversation,
    device,
    event,
    purpose: opening.purpose,
    subjects: [opening.subject],
    tenant: me.tenant.id,
    use: opening.conversation === null ? "sample" : "live",
    v: 1,
  });
