import { expect, test } from "vitest";

import { leafHash, readProofFile, rootFrom } from "./proof";

// The published test inputs of Certificate Transparency (RFC 6962 trees), as hex.
const INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOT_OF_8 = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";

const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");

/** An independent, recursive reading of RFC 9162, 2.1.1 and 2.1.3.1, by Node's own hashes. */
const { createHash } = await import("node:crypto");
const sha = (...parts: Buffer[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);
function rootOf(d: Buffer[]): Buffer {
  if (d.length === 1) return sha(Buffer.from([0]), d[0] as Buffer);
  const k = split(d.length);
  return sha(Buffer.from([1]), rootOf(d.slice(0, k)), rootOf(d.slice(k)));
}
function pathOf(m: number, d: Buffer[]): Buffer[] {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k ? [...pathOf(m, d.slice(0, k)), rootOf(d.slice(k))] : [...pathOf(m - k, d.slice(k)), rootOf(d.slice(0, k))];
}
const leaves = INPUTS.map((hex) => Buffer.from(hex, "hex"));

test("every leaf of every tree up to 8 leads to its root, and the tree of 8 to the published one", async () => {
  for (let size = 1; size <= 8; size += 1)
    for (let m = 0; m < size; m += 1) {
      const tree = leaves.slice(0, size);
      const leaf = await leafHash((leaves[m] as Buffer).toString("base64"));
      const path = pathOf(m, tree).map((h) => h.toString("base64"));
      expect(await rootFrom(leaf, m, size, path)).toBe(rootOf(tree).toString("base64"));
    }
  expect(rootOf(leaves).toString("hex")).toBe(ROOT_OF_8);
});

test("another entry, another place, another size or another path does not lead to the root", async () => {
  const root = base64(ROOT_OF_8);
  const leaf = await leafHash(base64("2021"));
  const path = pathOf(3, leaves).map((h) => h.toString("base64"));
  expect(await rootFrom(leaf, 3, 8, path)).toBe(root);
  expect(await rootFrom(await leafHash(base64("2022")), 3, 8, path)).not.toBe(root);
  expect(await rootFrom(leaf, 2, 8, path)).not.toBe(root);
  expect(await rootFrom(leaf, 3, 9, path)).toBeNull();
  expect(await rootFrom(leaf, 3, 8, path.slice(1))).toBeNull();
  expect(await rootFrom(leaf, 8, 8, path)).toBeNull();
});

test("a proof file gives its entry, index, path and the checkpoint's root; anything else is none", () => {
  const text = "c2sp.org/tlog-proof@v1\nextra AAEC\nindex 2\naGFzaA==\n\nexample.org/log\n3\ncm9vdA==\n\n— example.org/log sig\n";
  expect(readProofFile(text)).toEqual({ entry: "AAEC", index: 2, path: ["aGFzaA=="], size: 3, root: "cm9vdA==", origin: "example.org/log" });
  expect(readProofFile("hello")).toBeNull();
  expect(readProofFile(text.replace("index 2", "index x"))).toBeNull();
});
