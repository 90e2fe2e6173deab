import { randomBytes } from "node:crypto";
import type { Clock, Random } from "../core/ports.ts";

/** The system's clock. */
export const clock: Clock = { now: () => Date.now(), sleep: (duration) => Bun.sleep(duration) };
/** The system's source of randomness. */
export const random: Random = { hex: (bytes) => randomBytes(bytes).toString("hex") };

/** Returns null for an option that is not set, which is an empty text. */
export const orNull = (text: string): string | null => (text === "" ? null : text);
