import { expect, test } from "bun:test";
import { forgetAt, lapse, remainingSeconds, visitInterval } from "./session.ts";

const DAY = 86_400_000;
const durations = { loginDurationDays: 30, sessionDurationSeconds: 3600 };

test.each([
  {
    when: "both clocks run",
    clocks: { loginAt: 0, lastVisitAt: 0 },
    now: 3600_000 - 1,
    expected: null,
  },
  {
    when: "the session's clock runs out",
    clocks: { loginAt: 0, lastVisitAt: 0 },
    now: 3600_000,
    expected: "sessionExpired",
  },
  {
    when: "a visit gave it more time",
    clocks: { loginAt: 0, lastVisitAt: 1 },
    now: 3600_000,
    expected: null,
  },
  {
    when: "the login's clock runs out",
    clocks: { loginAt: 0, lastVisitAt: 30 * DAY - 1 },
    now: 30 * DAY,
    expected: "loginExpired",
  },
  {
    when: "it is not yet out",
    clocks: { loginAt: 0, lastVisitAt: 30 * DAY - 1 },
    now: 30 * DAY - 1,
    expected: null,
  },
  {
    when: "both ran out: the login's goes first",
    clocks: { loginAt: 0, lastVisitAt: 0 },
    now: 31 * DAY,
    expected: "loginExpired",
  },
] as const)("lapse() when $when returns the reason, if any", ({ clocks, now, expected }) => {
  expect(lapse(clocks, durations, now)).toBe(expected);
});

test.each([
  { lastVisitAt: 0, now: 0, expected: 3600 },
  { lastVisitAt: 0, now: 59_000, expected: 3541 },
  { lastVisitAt: 59_000, now: 59_000, expected: 3600 },
  { lastVisitAt: 30 * DAY - 1500, now: 30 * DAY - 1500, expected: 1 },
  { lastVisitAt: 30 * DAY - 500, now: 30 * DAY - 500, expected: 0 },
  { lastVisitAt: 0, now: 40 * DAY, expected: 0 },
])(
  "remainingSeconds() of a session visited at $lastVisitAt returns $expected at $now",
  ({ lastVisitAt, now, expected }) => {
    expect(remainingSeconds({ loginAt: 0, lastVisitAt }, durations, now)).toBe(expected);
  },
);

test.each([
  { time: "visit", clocks: { loginAt: 0, lastVisitAt: 20 * DAY }, now: 1000 },
  { time: "login", clocks: { loginAt: 20 * DAY, lastVisitAt: 20 * DAY }, now: 1000 },
])("remainingSeconds() with a $time in the future is that of a new session", ({ clocks, now }) => {
  expect(lapse(clocks, durations, now)).toBeNull();
  expect(remainingSeconds(clocks, durations, now)).toBe(3600);
});

test("forgetAt() is a week after the earlier of the two clocks", () => {
  expect(forgetAt({ loginAt: 0, lastVisitAt: 0 }, durations)).toBe(3600_000 + 7 * DAY);
  expect(forgetAt({ loginAt: 0, lastVisitAt: 30 * DAY }, durations)).toBe(37 * DAY);
});

test.each([
  { sessionDurationSeconds: 20, expected: 2000 },
  { sessionDurationSeconds: 600, expected: 60_000 },
  { sessionDurationSeconds: 7200, expected: 60_000 },
  { sessionDurationSeconds: 60_000, expected: 60_000 },
  { sessionDurationSeconds: 100_000, expected: 100_000 },
  { sessionDurationSeconds: 900_000, expected: 900_000 },
  { sessionDurationSeconds: 2_592_000, expected: 900_000 },
])("visitInterval() of $sessionDurationSeconds s is $expected ms", (row) => {
  const { sessionDurationSeconds, expected } = row;
  expect(visitInterval({ ...durations, sessionDurationSeconds })).toBe(expected);
});
