import { expect, test } from "bun:test";
import { DescriptorWatch } from "./descriptor-watch.ts";

const MINUTE = 60_000;

/** A process with so many free file descriptors, and idle connections that hold others. */
function processWith(free: number, idle: number) {
  const state = { free, idle, isPaused: false, now: 0, logged: [] as object[] };
  const watch = new DescriptorWatch({
    closeIdleConnections() {
      const closed = state.idle;
      state.idle = 0;
      state.free += closed;
      return closed;
    },
    accepting: {
      pause() {
        state.isPaused = true;
        return true;
      },
      resume() {
        state.isPaused = false;
      },
    },
    clock: { now: () => state.now },
    log: {
      debugEnabled: false,
      debug: () => undefined,
      info: () => undefined,
      warn: (fields) => void state.logged.push(fields),
      error: () => undefined,
    },
    canOpen: (count) => count <= state.free,
  });
  return { state, watch };
}

test("check() does nothing while file descriptors are left", () => {
  const { state, watch } = processWith(16, 100);
  watch.check();
  expect(state).toMatchObject({ idle: 100, isPaused: false, logged: [] });
});

test("check() closes idle connections, and does not pause when that is enough", () => {
  const { state, watch } = processWith(1, 100);
  watch.check();
  expect(state.isPaused).toBe(false);
  expect(state.logged).toEqual([{ closedConnections: 100, areNewOnesWaiting: false }]);
});

test("check() pauses while too few are left, and goes on when there are enough", () => {
  const { state, watch } = processWith(1, 2);
  watch.check();
  expect(state.isPaused).toBe(true);
  state.free = 15;
  watch.check();
  expect(state.isPaused).toBe(true);
  state.free = 16;
  watch.check();
  expect(state.isPaused).toBe(false);
});

test("check() does not pause without the file descriptor that it needs for that", () => {
  const { state, watch } = processWith(0, 0);
  watch.check();
  expect(state.isPaused).toBe(false);
});

test("check() logs once a minute, with the connections that were closed since", () => {
  const { state, watch } = processWith(1, 1);
  for (const now of [0, 1000, MINUTE - 1, MINUTE]) {
    state.now = now;
    state.free = 0;
    state.idle = 10;
    watch.check();
  }
  expect(state.logged).toEqual([
    { closedConnections: 10, areNewOnesWaiting: true },
    { closedConnections: 30, areNewOnesWaiting: true },
  ]);
});
