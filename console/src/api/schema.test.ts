import { readFileSync } from "node:fs";

import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, test } from "vitest";

test("the types of the API are those of its committed document (else: npm run types)", async () => {
  const here = new URL("schema.d.ts", import.meta.url);
  const made = await openapiTS(new URL("../../../docs/reference/openapi.json", import.meta.url));
  expect(readFileSync(here, "utf8")).toBe(`${COMMENT_HEADER}${astToString(made)}`);
});
