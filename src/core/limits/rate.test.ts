import { expect, test } from "bun:test";
import { parseRate, type Rate, shareOf } from "./rate.ts";

test.each<{ text: string; rate: Rate | null | undefined }>([
  { text: "60/60", rate: { count: 60, seconds: 60, burst: 60 } },
  { text: "20/3600:5", rate: { count: 20, seconds: 3600, burst: 5 } },
  { text: "1/86400:100", rate: { count: 1, seconds: 86_400, burst: 100 } },
  { text: "off", rate: null },
  { text: "", rate: undefined },
  { text: "OFF", rate: undefined },
  { text: "60", rate: undefined },
  { text: "0/60", rate: undefined },
  { text: "60/0", rate: undefined },
  { text: "60/60:0", rate: undefined },
  { text: "60/60:", rate: undefined },
  { text: "-1/60", rate: undefined },
  { text: "1.5/60", rate: undefined },
  { text: "60/60/60", rate: undefined },
  { text: " 60/60", rate: undefined },
  { text: "1e3/60", rate: undefined },
  { text: "9999999999/60", rate: undefined },
])("parseRate() of $text", ({ text, rate }) => {
  expect(parseRate(text)).toEqual(rate);
});

test("shareOf() divides count and burst, and leaves a burst of one", () => {
  const rate = { count: 60, seconds: 60, burst: 10 };
  expect(shareOf(rate, 1)).toEqual(rate);
  expect(shareOf(rate, 4)).toEqual({ count: 15, seconds: 60, burst: 2.5 });
  expect(shareOf(rate, 100)).toEqual({ count: 0.6, seconds: 60, burst: 1 });
});
