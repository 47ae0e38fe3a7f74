import { expect, test } from "vitest";

import { withoutMarkup } from "../trusted-types";
import { rulesMet } from "./password-rules";

test("a password holds 12 characters and nothing of its owner's names", () => {
  expect(rulesMet("correct horse battery", ["wang.min", "王敏"])).toEqual({ length: true, name: true });
  expect(rulesMet("short", ["wang.min"])).toEqual({ length: false, name: true });
  expect(rulesMet("Horse WANG battery", ["wang.min"])).toEqual({ length: true, name: false });
  expect(rulesMet("这是王敏的长长长长长密码", ["wang.min", "王敏"])).toEqual({ length: true, name: false });
  expect(rulesMet("", ["wang"])).toEqual({ length: false, name: false });
});

test("text that could become an element is refused, plain text and style rules pass", () => {
  expect(withoutMarkup(".a>b{color:red}")).toBe(".a>b{color:red}");
  expect(withoutMarkup("<img src=x onerror=alert(1)>")).toBeNull();
});
