import { randomBytes } from "node:crypto";
import type { Clock, Milliseconds, Random } from "../core/ports.ts";

/** The system's clock. */
export const clock: Clock = { now: () => Date.now(), sleep: (duration) => Bun.sleep(duration) };
/** Milliseconds since the start of this process, whatever is done to the system's clock. */
export const monotonic = (): Milliseconds => performance.now();
/** The system's source of randomness. */
export const random: Random = { hex: (bytes) => randomBytes(bytes).toString("hex") };

/** Returns null for an option that is not set, which is an empty text. */
export const orNull = (text: string): string | null => (text === "" ? null : text);
