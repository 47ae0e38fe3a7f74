import { api, taken } from "../api/client";
import { deviceOf, forgetDevice, keepDevice, newDevice, signWith } from "../api/device";
import { Problem } from "../api/problem";
import { browserName } from "./browser-name";

const PROVED = "hushkeep.proved"; // in this tab, for this person: the server knows the kept key

const reasonOf = (error: unknown): unknown => (error instanceof Problem ? error.params["reason"] : null);

/**
 * Sign this person's requests with this browser's own key, offering it to the server when it is new. The session is
 * bound to the first key that signs. A server that takes no further key (ten are the most) is spoken to without.
 * Throws Problem 401 when the session is bound to a key that this browser has lost: then one signs in again.
 */
export async function signAsOwnDevice(person: string): Promise<void> {
  const kept = await deviceOf(person);
  if (kept && (await isKnown(kept, person))) return;
  const made = await newDevice();
  try {
    await taken(api.POST("/api/v1/devices", { body: { public_key_jwk: made.jwk, label: browserName(navigator.userAgent) } }));
  } catch (error) {
    if (reasonOf(error) === "device_proof_missing") throw new Problem(401, "signed_out");
    if (error instanceof Problem && error.status !== 401) return;
    throw error;
  }
  await keepDevice(person, made);
  signWith(made);
  sessionStorage.setItem(PROVED, person);
}

async function isKnown(kept: NonNullable<Awaited<ReturnType<typeof deviceOf>>>, person: string): Promise<boolean> {
  signWith(kept);
  if (sessionStorage.getItem(PROVED) === person) return true;
  try {
    await taken(api.GET("/api/v1/devices", { params: { query: { mine: true, limit: 1 } } }));
  } catch (error) {
    if (reasonOf(error) === "device_proof_missing") throw new Problem(401, "signed_out");
    if (reasonOf(error) !== "device_unknown") throw error;
    signWith(null);
    await forgetDevice(person);
    return false;
  }
  sessionStorage.setItem(PROVED, person);
  return true;
}
