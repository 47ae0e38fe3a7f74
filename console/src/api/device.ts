/**
 * A key of this browser's own, made once and kept where scripts can use but never read it. Each request carries a proof
 * made with it (in the manner of RFC 9449), so that a stolen cookie alone is worth nothing.
 */

const DATABASE = "hushkeep";
const STORE = "device";
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;

export type PublicKey = { kty: "EC"; crv: "P-256"; x: string; y: string };
type Device = { pair: CryptoKeyPair; jwk: PublicKey };

export const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

const encoded = (value: unknown): string => base64url(new TextEncoder().encode(JSON.stringify(value)));

function store<T>(mode: IDBTransactionMode, act: (keys: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onerror = () => reject(opening.error ?? new Error("no store"));
    opening.onsuccess = () => {
      const asked = act(opening.result.transaction(STORE, mode).objectStore(STORE));
      asked.onsuccess = () => (resolve(asked.result), opening.result.close());
      asked.onerror = () => (reject(asked.error ?? new Error("no store")), opening.result.close());
    };
  });
}

async function withPublicKey(pair: CryptoKeyPair): Promise<Device> {
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { pair, jwk: { kty: "EC", crv: "P-256", x, y } };
}

/** The key of ``person`` in this browser, if it has one. */
export async function deviceOf(person: string): Promise<Device | null> {
  const kept = await store("readonly", (keys) => keys.get(person) as IDBRequest<CryptoKeyPair | undefined>);
  return kept ? withPublicKey(kept) : null;
}

/** A fresh key whose private half can't be taken out of the browser. */
export const newDevice = async (): Promise<Device> => withPublicKey(await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]));

/** Keep the key of ``person``, once the server knows it. */
export const keepDevice = async (person: string, device: Device): Promise<void> => {
  await store("readwrite", (keys) => keys.put(device.pair, person));
};

/** Forget the key of ``person``: the server does not know it any more. */
export const forgetDevice = async (person: string): Promise<void> => {
  await store("readwrite", (keys) => keys.delete(person));
};

/** The proof that this very request comes from this browser: method, whole address, body and time, signed. */
export async function proofOf(device: Device, method: string, address: string, body: ArrayBuffer): Promise<string> {
  const head = { typ: "dpop+jwt", alg: "ES256", jwk: device.jwk };
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const claims = { jti: crypto.randomUUID(), htm: method, htu: address, iat: Math.floor((Date.now() + CLOCK.ahead) / 1000), bh: base64url(digest) };
  const signed = `${encoded(head)}.${encoded(claims)}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, device.pair.privateKey, new TextEncoder().encode(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

/** How far the server's clock is ahead of this machine's (milliseconds): a proof names the server's time. */
export const CLOCK = { ahead: 0 };

const AGREEING_MILLISECONDS = 5_000;

/**
 * How far the server's clock is ahead, by the Date (milliseconds) of an answer to what left at ``sent`` and came back at
 * ``came``: an answer that was long on its way, or waited for a machine that slept, says nothing against this clock.
 */
export function aheadBy(there: number, sent: number, came: number): number {
  if (there < sent - AGREEING_MILLISECONDS) return there - sent;
  return there > came + AGREEING_MILLISECONDS ? there - came : 0;
}

let current: Device | null = null;

/** From here on every request is signed by ``device``; none while it is null. */
export const signWith = (device: Device | null): void => void (current = device);

/** The signature (64 bytes) of this browser's key over ``text``; null when it has none that the server knows. */
export async function signedBytes(text: string): Promise<Uint8Array | null> {
  if (!current) return null;
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, current.pair.privateKey, bytes));
}

/** Put the proof on ``request``, when this browser has a key that the server knows. */
export async function withProof(request: Request): Promise<Request> {
  if (!current) return request;
  const body = await request.clone().arrayBuffer();
  request.headers.set("Hushkeep-Proof", await proofOf(current, request.method, request.url, body));
  return request;
}
