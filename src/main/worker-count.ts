import { availableParallelism } from "node:os";
import type { Config } from "../config/schema.ts";

/** Returns the number of workers that a configuration asks for. */
export const workerCount = ({ workers }: Pick<Config, "workers">): number =>
  workers === "auto" ? availableParallelism() : Number(workers);
