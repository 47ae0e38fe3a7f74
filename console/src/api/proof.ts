/** RFC 9162, 2.1.3.2: whether a path of hashes leads from a leaf to a root. Hashes are hexadecimal. */

const NODE = 1;

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const textOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

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

/** The root that ``path`` leads to from leaf ``index`` of a tree of ``size``; null when the path does not fit. */
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
