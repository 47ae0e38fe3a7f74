import { expect, test } from "vitest";

import { canonicalTime, pledgeStatement, statement } from "./statement";

const me = { person: { id: "p" }, tenant: { id: "t" } } as never;

test("a statement is the canonical JSON that the key service rebuilds", () => {
  const opening = { conversation: "c", subject: "s", classes: ["payment", "contact"], purpose: "complaint" };
  expect(statement(me, "d", "e", "2026-03-04T08:00:00.123000Z", opening)).toBe(
    '{"actor":"p","at":"2026-03-04T08:00:00.123000Z","classes":["contact","payment"],"conversation":"c","device":"d",' +
      '"event":"e","purpose":"complaint","subjects":["s"],"tenant":"t","use":"live","v":1}',
  );
});

test("a reviewer signs for a subject outside of any conversation", () => {
  const opening = { conversation: null, subject: "s", classes: ["voice"], purpose: "quality_review" };
  expect(statement(me, "d", "e", "t", opening)).toBe(
    '{"actor":"p","at":"t","classes":["voice"],"conversation":null,"device":"d","event":"e","purpose":"quality_review",' +
      '"subjects":["s"],"tenant":"t","use":"sample","v":1}',
  );
});

test("several people sign the same statement, each as themselves", () => {
  const pledge = { subjects: ["s2", "s1"], classes: ["text"], purpose: "legal_duty", event: "approval" };
  expect(pledgeStatement(me, "d", "t", pledge)).toBe(
    '{"actor":"p","at":"t","classes":["text"],"conversation":null,"device":"d","event":"approval","purpose":"legal_duty",' +
      '"subjects":["s1","s2"],"tenant":"t","use":"four_eyes","v":1}',
  );
});

test("a time has six digits", () => {
  expect(canonicalTime(Date.UTC(2026, 2, 4, 8))).toBe("2026-03-04T08:00:00.000000Z");
});
