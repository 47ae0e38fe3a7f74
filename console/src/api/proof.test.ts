import { expect, test } from "vitest";

import { rootFrom } from "./proof";

// The published test inputs of Certificate Transparency (RFC 6962 trees), as hex.
const INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOT_OF_8 = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";

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
const leafHash = (entry: Buffer): string => sha(Buffer.from([0]), entry).toString("hex");
const leaves = INPUTS.map((hex) => Buffer.from(hex, "hex"));

test("every leaf of every tree up to 8 leads to its root, and the tree of 8 to the published one", async () => {
  for (let size = 1; size <= 8; size += 1)
    for (let m = 0; m < size; m += 1) {
      const tree = leaves.slice(0, size);
      const leaf = leafHash(leaves[m] as Buffer);
      const path = pathOf(m, tree).map((h) => h.toString("hex"));
      expect(await rootFrom(leaf, m, size, path)).toBe(rootOf(tree).toString("hex"));
    }
  expect(rootOf(leaves).toString("hex")).toBe(ROOT_OF_8);
});

test("another entry, another place, another size or another path does not lead to the root", async () => {
  const root = ROOT_OF_8;
  const leaf = leafHash(leaves[3] as Buffer);
  const path = pathOf(3, leaves).map((h) => h.toString("hex"));
  expect(await rootFrom(leaf, 3, 8, path)).toBe(root);
  expect(await rootFrom(leafHash(Buffer.from("2022", "hex")), 3, 8, path)).not.toBe(root);
  expect(await rootFrom(leaf, 2, 8, path)).not.toBe(root);
  expect(await rootFrom(leaf, 3, 9, path)).toBeNull();
  expect(await rootFrom(leaf, 3, 8, path.slice(1))).toBeNull();
  expect(await rootFrom(leaf, 8, 8, path)).toBeNull();
});
