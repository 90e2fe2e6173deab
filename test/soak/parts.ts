import { KILLS } from "./kill-rounds.ts";
import type { Part } from "./part.ts";

/** All parts, in the order of their runs. */
export const PARTS: readonly Part[] = [KILLS];
