import type { Milliseconds } from "../core/ports.ts";
import type { ActivityKind } from "../core/usage/activity-table.ts";

/** A change of a store's format, made by the first process of a newer version that opens it. */
export interface Upgrade {
  /** The format that was found. */
  from: number;
  /** The format that the store has now. */
  to: number;
  /** Records that were written in the new format or moved to another table. */
  records: number;
  durationMs: Milliseconds;
}

/** Called once for each upgrade, after it was stored, by the process that made it. */
export type OnUpgrade = (upgrade: Upgrade) => void;

/** Measures an upgrade. */
export function startUpgrade(from: number, to: number): (records: number) => Upgrade {
  const startedAt = performance.now();
  return (records) => ({
    from,
    to,
    records,
    durationMs: Math.round(performance.now() - startedAt),
  });
}

/** The endpoints under which formats 1 and 2 counted activity, beside the calls of WeChat. */
export const ACTIVITY_ENDPOINTS: readonly ActivityKind[] = ["logins", "verifications"];
