import { DAMAGES } from "./damaged-files.ts";
import { KILLS } from "./kill-rounds.ts";
import type { Part } from "./part.ts";
import { POWER_CUTS } from "./power-cut.ts";
import { REQUESTS } from "./requests.ts";

/** All parts, in the order of their runs. */
export const PARTS: readonly Part[] = [KILLS, POWER_CUTS, DAMAGES, REQUESTS];
