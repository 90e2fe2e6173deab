import { expect, test } from "bun:test";
import { forgetAt, lapse, remainingSeconds, visitInterval } from "./session.ts";

const DAY = 86_400_000;
const durations = { loginDurationDays: 30, sessionDurationSeconds: 3600 };

test.each([
  ["both clocks run", { loginAt: 0, lastVisitAt: 0 }, 3600_000 - 1, null],
  ["the session's clock runs out", { loginAt: 0, lastVisitAt: 0 }, 3600_000, "sessionExpired"],
  ["a visit gave it more time", { loginAt: 0, lastVisitAt: 1 }, 3600_000, null],
  [
    "the login's clock runs out",
    { loginAt: 0, lastVisitAt: 30 * DAY - 1 },
    30 * DAY,
    "loginExpired",
  ],
  ["it is not yet out", { loginAt: 0, lastVisitAt: 30 * DAY - 1 }, 30 * DAY - 1, null],
  [
    "both ran out: the login's goes first",
    { loginAt: 0, lastVisitAt: 0 },
    31 * DAY,
    "loginExpired",
  ],
] as const)("lapse() when %s", (_what, clocks, now, expected) => {
  expect(lapse(clocks, durations, now)).toBe(expected);
});

test.each([
  [0, 0, 3600],
  [0, 59_000, 3541],
  [59_000, 59_000, 3600],
  [30 * DAY - 1500, 30 * DAY - 1500, 1],
  [30 * DAY - 500, 30 * DAY - 500, 0],
  [0, 40 * DAY, 0],
])("remainingSeconds() of a session visited at %i is at %i %i", (lastVisitAt, now, expected) => {
  expect(remainingSeconds({ loginAt: 0, lastVisitAt }, durations, now)).toBe(expected);
});

test("forgetAt() is a week after the earlier of the two clocks", () => {
  expect(forgetAt({ loginAt: 0, lastVisitAt: 0 }, durations)).toBe(3600_000 + 7 * DAY);
  expect(forgetAt({ loginAt: 0, lastVisitAt: 30 * DAY }, durations)).toBe(37 * DAY);
});

test("visitInterval() is a minute, or a tenth of a short session", () => {
  expect(visitInterval(durations)).toBe(60_000);
  expect(visitInterval({ ...durations, sessionDurationSeconds: 20 })).toBe(2000);
});
