import type { Me } from "./types";

/**
 * What is to be opened, as the key service is told of it (docs/crypto-spec.md, section 10): by the agent of a live
 * conversation, or without one by a reviewer.
 */
export type Opening = { conversation: string | null; subject: string; classes: readonly string[]; purpose: string };

/** The moment as the canonical form writes it: UTC, six digits. */
export const canonicalTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace("Z", "000Z");

/** What several people sign for together: a clear export, under its request's id. */
export type Pledge = { subjects: readonly string[]; classes: readonly string[]; purpose: string; event: string };

/** The canonical bytes of a statement: its keys in alphabetical order, no spaces. */
const canonical = (me: Pick<Me, "person" | "tenant">, device: string, at: string, use: string, conversation: string | null, said: Pledge): string =>
  JSON.stringify({
    actor: me.person.id,
    at,
    classes: said.classes.toSorted(),
    conversation,
    device,
    event: said.event,
    purpose: said.purpose,
    subjects: said.subjects.toSorted(),
    tenant: me.tenant.id,
    use,
    v: 1,
  });

/** The bytes that a browser signs for a clear export. */
export const pledgeStatement = (me: Pick<Me, "person" | "tenant">, device: string, at: string, pledge: Pledge): string =>
  canonical(me, device, at, "four_eyes", null, pledge);

/** The bytes that a browser signs for one opening. */
export const statement = (me: Pick<Me, "person" | "tenant">, device: string, event: string, at: string, opening: Opening): string =>
  canonical(me, device, at, opening.conversation === null ? "sample" : "live", opening.conversation, {
    subjects: [opening.subject],
    classes: opening.classes,
    purpose: opening.purpose,
    event,
  });
