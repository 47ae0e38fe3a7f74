import { expect, test } from "vitest";

import { aheadBy, base64url, proofOf } from "./device";

const ADDRESS = "https://localhost:8443/api/v1/conversations?limit=5";

async function device() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { pair, jwk: { kty: "EC", crv: "P-256", x, y } as const };
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "base64url"));

test("a proof is signed by the browser's key and names this very request", async () => {
  const own = await device();
  const body = new TextEncoder().encode('{"purpose":"complaint"}');
  const proof = await proofOf(own, "POST", ADDRESS, body.buffer);
  const [head = "", claims = "", signature = ""] = proof.split(".");
  const signed = new TextEncoder().encode(`${head}.${claims}`);
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  expect(await crypto.subtle.verify(algorithm, own.pair.publicKey, bytes(signature), signed)).toBe(true);
  expect(await crypto.subtle.verify(algorithm, (await device()).pair.publicKey, bytes(signature), signed)).toBe(false);
  const said = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
  const digest = base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", body)));
  expect(said).toMatchObject({ htm: "POST", htu: ADDRESS, bh: digest });
  expect(JSON.parse(Buffer.from(head, "base64url").toString())).toEqual({ typ: "dpop+jwt", alg: "ES256", jwk: own.jwk });
});

test("no two proofs are alike, and the private key can't be taken out", async () => {
  const own = await device();
  const [one, two] = [await proofOf(own, "GET", ADDRESS, new ArrayBuffer(0)), await proofOf(own, "GET", ADDRESS, new ArrayBuffer(0))];
  expect(one).not.toBe(two);
  await expect(crypto.subtle.exportKey("jwk", own.pair.privateKey)).rejects.toThrow();
});

test("a clock that is hours off is made up for, and an answer that came late is not taken for one", () => {
  const hour = 3_600_000;
  expect(aheadBy(5 * hour, hour, hour + 100)).toBe(4 * hour - 100);
  expect(aheadBy(hour, 5 * hour, 5 * hour + 100)).toBe(-4 * hour);
  expect(aheadBy(hour + 2_000, hour, hour + 100)).toBe(0);
  // A machine that slept for an hour with the answer on its way.
  expect(aheadBy(hour, hour - 50, 2 * hour)).toBe(0);
});
