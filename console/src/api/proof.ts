/** RFC 9162, 2.1.3.2: whether a path of hashes leads from a leaf to a root. Hashes are base64. */

const NODE = 1;
const LEAF = 0;

const bytesOf = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const textOf = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

async function hash(prefix: number, ...parts: Uint8Array[]): Promise<Uint8Array> {
  const length = parts.reduce((sum, part) => sum + part.length, 1);
  const joined = new Uint8Array(length);
  joined[0] = prefix;
  let at = 1;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

/** The base64 hash of a leaf whose entry is given in base64. */
export const leafHash = async (entry: string): Promise<string> => textOf(await hash(LEAF, bytesOf(entry)));

/** The base64 root that ``path`` leads to from leaf ``index`` of a tree of ``size``; null when the path does not fit. */
export async function rootFrom(leaf: string, index: number, size: number, path: readonly string[]): Promise<string | null> {
  if (!(Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size)) return null;
  let node = index;
  let last = size - 1;
  let root = bytesOf(leaf);
  for (const step of path.map(bytesOf)) {
    if (last === 0) return null;
    if (node % 2 === 1 || node === last) {
      root = await hash(NODE, step, root);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else root = await hash(NODE, root, step);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? textOf(root) : null;
}

export type ProofFile = { entry: string; index: number; path: string[]; size: number; root: string; origin: string };

/** Read a proof in C2SP's tlog-proof form, with the entry it proves; null when it is not one. */
export function readProofFile(text: string): ProofFile | null {
  const [head, ...rest] = text.split("\n");
  const gap = rest.indexOf("");
  if (head !== "c2sp.org/tlog-proof@v1" || gap < 1) return null;
  const lines = rest.slice(0, gap);
  const extra = lines[0]?.startsWith("extra ") ? lines.shift() : undefined;
  const index = /^index (\d+)$/.exec(lines.shift() ?? "")?.[1];
  const [origin, size, root] = rest.slice(gap + 1);
  if (!extra || index === undefined || !origin || !/^\d+$/.test(size ?? "") || !root) return null;
  return { entry: extra.slice("extra ".length), index: Number(index), path: lines, size: Number(size), root, origin };
}
