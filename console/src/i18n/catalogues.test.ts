import { expect, test } from "vitest";

import { ACTIONS } from "../actions";
import { firstLanguage } from ".";
import { en } from "./en";
import { zh } from "./zh";

type Tree = { [key: string]: string | Tree };

const leaves = (tree: Tree, path = ""): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[`${path}${key}`, value] as [string, string]] : leaves(value, `${path}${key}.`),
  );
const slots = (text: string): string[] => [...text.matchAll(/{{(\w+)}}/g)].map((m) => m[1] ?? "").toSorted();

const english = new Map(leaves(en));
const chinese = new Map(leaves(zh));

test("both catalogues hold the same keys, and no text is empty", () => {
  expect([...chinese.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  expect([...english, ...chinese].filter(([, text]) => !text.trim())).toEqual([]);
});

test("a text takes the same parameters in both languages", () => {
  const differing = [...english].filter(([key, text]) => slots(text).join() !== slots(chinese.get(key) ?? "").join());
  expect(differing.map(([key]) => key)).toEqual([]);
});

test("Chinese texts use Chinese punctuation", () => {
  const western = [...chinese].filter(([, text]) => /\p{Script=Han}[,:;?!()]|[,;!?(]\p{Script=Han}/u.test(text));
  expect(western).toEqual([]);
});

test("every action has a label in both languages", () => {
  const missing = ACTIONS.map((action) => `action.${action.replace(":", ".")}`).filter(
    (key) => !english.has(key) || !chinese.has(key),
  );
  expect(missing).toEqual([]);
});

test("the first language is the chosen one, then the browser's, then Chinese", () => {
  expect(firstLanguage("en", ["zh-CN"])).toBe("en");
  expect(firstLanguage(null, ["zh-TW", "en"])).toBe("zh");
  expect(firstLanguage(null, ["de-DE"])).toBe("en");
  expect(firstLanguage("fr", [])).toBe("zh");
});
