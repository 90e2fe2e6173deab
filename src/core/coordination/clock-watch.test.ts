import { expect, test } from "bun:test";
import { ClockWatch } from "./clock-watch.ts";

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);

/** A clock that can be set, and time that passes whatever it says. */
function watched(sweptAt: number | null) {
  const state = { now: START, passed: 5000 };
  const lines: object[] = [];
  const log = { warn: (fields: object) => void lines.push(fields) };
  const watch = new ClockWatch(
    { clock: { now: () => state.now }, log },
    () => state.passed,
    sweptAt,
  );
  return {
    lines,
    watch,
    pass(ms: number) {
      state.now += ms;
      state.passed += ms;
    },
    set(ms: number) {
      state.now += ms;
    },
  };
}

test.each([
  { name: "a store that was never swept", sweptAt: null, wait: 60 * SECOND },
  { name: "a store that was swept an hour ago", sweptAt: START - HOUR, wait: 0 },
  { name: "a store that was swept a day ago", sweptAt: START - DAY, wait: 60 * SECOND },
  { name: "a store that was swept two months ago", sweptAt: START - 60 * DAY, wait: HOUR },
  { name: "a store that was swept in the future", sweptAt: START + DAY, wait: 60 * SECOND },
])("now() after a start on $name is trusted after $wait ms", ({ sweptAt, wait }) => {
  const { watch, pass } = watched(sweptAt);
  if (wait > 0) {
    pass(wait - 1);
    expect(watch.now()).toBeNull();
    pass(1);
  }
  expect(watch.now()).toBe(START + wait);
});

test.each([
  { name: "60 days ahead", step: 60 * DAY },
  { name: "60 days back", step: -60 * DAY },
  { name: "three seconds ahead", step: 3 * SECOND },
])("now() is null for a minute after the clock was set $name", ({ step }) => {
  const { watch, pass, set, lines } = watched(START);
  expect(watch.now()).toBe(START);
  pass(10 * SECOND);
  set(step);
  expect(watch.now()).toBeNull();
  expect(lines).toEqual([{ seconds: step / SECOND }]);
  pass(59 * SECOND);
  expect(watch.now()).toBeNull();
  pass(SECOND);
  expect(watch.now()).toBe(START + 70 * SECOND + step);
  expect(lines).toHaveLength(1);
});

test("now() begins the minute again when the clock is set back, and does not shorten the first wait", () => {
  const { watch, pass, set } = watched(START - 60 * DAY);
  set(60 * DAY);
  expect(watch.now()).toBeNull();
  pass(59 * SECOND);
  set(-60 * DAY);
  expect(watch.now()).toBeNull();
  pass(HOUR - 60 * SECOND);
  expect(watch.now()).toBeNull();
  pass(SECOND);
  expect(watch.now()).toBe(START + HOUR);
});

test("now() trusts a clock that is slewed", () => {
  const { watch, pass, set } = watched(START);
  for (let second = 0; second < 100; second += 1) {
    pass(10 * SECOND);
    set(20);
    expect(watch.now()).not.toBeNull();
  }
});
