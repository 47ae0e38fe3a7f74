import { called } from "./auth";
import { Problem } from "./problem";

/** A passkey as its owner knows it. */
export type Passkey = { id: number; name: string; created_at: number; last_used_at: number | null };

type Options = { publicKey: unknown };
type Authenticators = { type: string; id?: number; name?: string; created_at: number; last_used_at: number | null }[];

const OWN = "account/authenticators/webauthn";

/** Whether this browser can use passkeys at all. */
export const canUsePasskeys = (): boolean =>
  typeof PublicKeyCredential !== "undefined" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** What the browser says when nobody confirmed: no reason is given, so that a page learns nothing. */
const declined = (): never => {
  throw new Problem(0, "passkey_declined");
};

const refused = (status: number): Problem => {
  if (status === 429) return new Problem(429, "too_many_requests");
  if (status === 400) return new Problem(400, "passkey_refused");
  return new Problem(status, status === 401 ? "step_up_required" : "unavailable");
};

async function shown(path: string): Promise<void> {
  const asked = await called<{ request_options: Options }>("GET", path);
  if (asked.status !== 200 || !asked.data) throw refused(asked.status);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.data.request_options.publicKey as PublicKeyCredentialRequestOptionsJSON);
  const credential = (await navigator.credentials.get({ publicKey }).catch(declined)) as PublicKeyCredential | null;
  if (!credential) return declined();
  const reply = await called("POST", path, { credential: credential.toJSON() });
  if (reply.status !== 200) throw refused(reply.status);
}

/** Give a passkey as the second factor of a sign-in that has the password already. */
export const signInByPasskey = (): Promise<void> => shown("auth/webauthn/authenticate");

/** Give a passkey afresh in a running session. */
export const stepUpByPasskey = (): Promise<void> => shown("auth/webauthn/reauthenticate");

export async function passkeys(): Promise<Passkey[]> {
  const listed = await called<Authenticators>("GET", "account/authenticators");
  if (listed.status !== 200 || !listed.data) throw refused(listed.status);
  return listed.data.flatMap((one) =>
    one.type === "webauthn" && one.id !== undefined ? [{ id: one.id, name: one.name ?? "", created_at: one.created_at, last_used_at: one.last_used_at }] : [],
  );
}

/** Make a passkey in this browser or on a key, and add it. The server asks for a fresh second factor first. */
export async function addPasskey(name: string): Promise<void> {
  const asked = await called<{ creation_options: Options }>("GET", `${OWN}?passwordless`);
  if (asked.status !== 200 || !asked.data) throw refused(asked.status);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.data.creation_options.publicKey as PublicKeyCredentialCreationOptionsJSON);
  const credential = (await navigator.credentials.create({ publicKey }).catch(declined)) as PublicKeyCredential | null;
  if (!credential) return declined();
  const reply = await called("POST", OWN, { name, credential: credential.toJSON() });
  if (reply.status !== 200) throw refused(reply.status);
}

export async function removePasskey(id: number): Promise<void> {
  const reply = await called("DELETE", OWN, { authenticators: [id] });
  if (reply.status !== 200) throw refused(reply.status);
}
