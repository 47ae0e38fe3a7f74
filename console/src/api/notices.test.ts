import { expect, test } from "vitest";

import { topicsIn } from "./notices";

test("topics are read however the stream is cut", () => {
  const first = topicsIn(': open\n\nid: 1\nevent: live\ndata: {}\n\nid: 2\neve');
  expect(first.topics).toEqual(["live"]);
  expect(topicsIn(`${first.rest}nt: alarm\n`).topics).toEqual(["alarm"]);
  expect(topicsIn(": beat\n\n").topics).toEqual([]);
});
