import type { Milliseconds } from "./ports.ts";

/**
 * How far the clocks of two nodes may differ. A stored time that is further ahead was written by a
 * clock that was wrong (docs/architecture.md#time).
 */
export const CLOCK_TOLERANCE: Milliseconds = 60_000;

/**
 * Tells whether a stored time cannot be right.
 *
 * @param longest how far ahead times of its kind are stored; 0 for those of something that happened
 */
export const isAhead = (
  time: Milliseconds,
  now: Milliseconds,
  longest: Milliseconds = 0,
): boolean => time > now + longest + CLOCK_TOLERANCE;
