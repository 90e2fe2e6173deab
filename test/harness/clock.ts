import type { Clock } from "../../src/core/ports.ts";

/** A clock that stands still until `advance()` is called. */
export class TestClock implements Clock {
  #now: number;

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** Waits a millisecond of real time without moving the clock. */
  sleep(): Promise<void> {
    return Bun.sleep(1);
  }

  advance(duration: { days?: number; hours?: number; seconds?: number; ms?: number }): void {
    const { days = 0, hours = 0, seconds = 0, ms = 0 } = duration;
    this.#now += ((days * 24 + hours) * 3600 + seconds) * 1000 + ms;
  }
}
