import { expect, test } from "vitest";

import { found, sentence } from "./rule-sentences";

const QUOTA = { id: "wall.reveal_quota", says_en: "Whoever has spent the hour’s reveals gets no more.", says_zh: "每小时查看明文的额度用完后不得再查看。" };
const OWN = { id: "night", says_en: "", says_zh: "" };
const nothing = (): string => "";

test("a rule is found by words of its sentence in either language, in any order", () => {
  expect(found([QUOTA, OWN], "reveals hour", nothing)).toEqual([QUOTA]);
  expect(found([QUOTA, OWN], "额度", nothing)).toEqual([QUOTA]);
  expect(found([QUOTA, OWN], "HOUR nothing", nothing)).toEqual([]);
});

test("a rule is found by its id and by what else is shown of it; without words, all are", () => {
  expect(found([QUOTA, OWN], "night", nothing)).toEqual([OWN]);
  expect(found([QUOTA, OWN], "forbids", (rule) => (rule === OWN ? "Forbids" : "Permits"))).toEqual([OWN]);
  expect(found([QUOTA, OWN], "  ", nothing)).toEqual([QUOTA, OWN]);
});

test("a sentence is the reader’s language’s", () => {
  expect(sentence(QUOTA, "zh")).toBe(QUOTA.says_zh);
  expect(sentence(QUOTA, "en")).toBe(QUOTA.says_en);
});
