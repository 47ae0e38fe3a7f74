import { expect, test } from "vitest";

import { pieces } from "./text";

const phone = (start: number, end: number) => ({ start, end, entity: "phone", level: 3 });

test("a finding after an emoji keeps its place, since offsets count code points", () => {
  expect(pieces("😀 138****5678 谢谢", [phone(2, 13)]).map((p) => [p.text, p.finding?.entity])).toEqual([
    ["😀 ", undefined],
    ["138****5678", "phone"],
    [" 谢谢", undefined],
  ]);
});

test("the pieces put together are the text again, whatever the findings", () => {
  const text = "a𠮷b138****5678c";
  for (const found of [[], [phone(0, 3)], [phone(3, 14), phone(4, 8)], [phone(9, 99)], [phone(-1, 2)], [phone(2, 2)]]) {
    expect(pieces(text, found).map((p) => p.text).join("")).toBe(text);
  }
});

test("of two findings over one place the earlier and longer one is shown", () => {
  const marked = pieces("0123456789", [phone(4, 8), phone(2, 6), phone(2, 5)]).filter((p) => p.finding);
  expect(marked.map((p) => p.text)).toEqual(["2345"]);
});
