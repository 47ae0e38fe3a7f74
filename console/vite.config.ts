import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { firstLoadBudget } from "./budget.ts";

/** The nonce is a place-holder here: the server writes a fresh one into every index.html it serves. */
export default defineConfig({
  plugins: [react(), firstLoadBudget({ firstLoadBytes: 400 * 1024, lazyChunkBytes: 180 * 1024 })],
  html: { cspNonce: "__HUSHKEEP_NONCE__" },
  build: {
    outDir: "../src/hushkeep/console/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // a data: address would need a hole in the policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
  },
  // Nothing is timed: beside two browsers a test may take many times as long.
  test: { include: ["src/**/*.test.ts"], environment: "node", testTimeout: 120_000, hookTimeout: 120_000 },
});
