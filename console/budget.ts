import { gzipSync } from "node:zlib";

import type { Plugin, Rolldown } from "vite";

type Budget = { firstLoadBytes: number; lazyChunkBytes: number };

const gzipped = (text: string | Uint8Array): number => gzipSync(text, { level: 9 }).length;

/** The names of the chunks that load before anything is shown: the entry and whatever it imports at once. */
function firstLoad(chunks: Map<string, Rolldown.OutputChunk>): Set<string> {
  const reached = new Set<string>();
  const visit = (name: string): void => {
    const chunk = chunks.get(name);
    if (!chunk || reached.has(name)) return;
    reached.add(name);
    chunk.imports.forEach(visit);
  };
  for (const chunk of chunks.values()) if (chunk.isEntry) visit(chunk.fileName);
  return reached;
}

/** Fail the build when the first load or one lazy chunk outgrows its budget (bytes, gzip). */
export function firstLoadBudget(budget: Budget): Plugin {
  return {
    name: "hushkeep-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const chunks = new Map<string, Rolldown.OutputChunk>();
      let styles = 0;
      for (const part of Object.values(bundle)) {
        if (part.type === "chunk") chunks.set(part.fileName, part);
        else if (part.fileName.endsWith(".css")) styles += gzipped(part.source);
      }
      const first = firstLoad(chunks);
      let total = styles;
      for (const [name, chunk] of chunks) {
        const size = gzipped(chunk.code);
        if (first.has(name)) total += size;
        else if (size > budget.lazyChunkBytes) this.error(`${name} is ${size} bytes gzip, allowed ${budget.lazyChunkBytes}`);
      }
      if (total > budget.firstLoadBytes) this.error(`first load is ${total} bytes gzip, allowed ${budget.firstLoadBytes}`);
      this.info(`first load ${(total / 1024).toFixed(1)} KB gzip of ${budget.firstLoadBytes / 1024} KB allowed`);
    },
  };
}
