import { expect, test } from "vitest";

import { moved, visibleRows } from "./rows";

test("of 100,000 rows only those in view and a few more are drawn", () => {
  const [first, last] = visibleRows(48 * 70_000, 600, 48, 100_000);
  expect([first, last]).toEqual([69_992, 70_021]);
});

test("rows in view never leave the list, wherever the scroll bar stands", () => {
  expect(visibleRows(0, 600, 48, 0)).toEqual([0, 0]);
  expect(visibleRows(-50, 600, 48, 5)).toEqual([0, 5]);
  expect(visibleRows(999_999, 600, 48, 5)).toEqual([5, 5]);
});

test("keys move within the list and stop at its ends", () => {
  expect(moved("ArrowDown", 4, 5, 3)).toBe(4);
  expect(moved("PageUp", 1, 5, 3)).toBe(0);
  expect(moved("End", 0, 5, 3)).toBe(4);
  expect(moved("x", 0, 5, 3)).toBeNull();
  expect(moved("Home", 0, 0, 3)).toBeNull();
});
