import { randomBytes } from "node:crypto";
import type { Clock, Random } from "../core/ports.ts";

/** The system's. */
export const clock: Clock = { now: () => Date.now(), sleep: (duration) => Bun.sleep(duration) };
/** The system's. */
export const random: Random = { hex: (bytes) => randomBytes(bytes).toString("hex") };

/** An option that was not given is an empty text. */
export const orNull = (text: string): string | null => (text === "" ? null : text);
