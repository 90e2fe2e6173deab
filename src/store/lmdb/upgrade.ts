import { ACTIVITY_ENDPOINTS } from "../upgrade.ts";
import type { LmdbActivity } from "./activity.ts";
import type { LmdbCallCounts } from "./call-counts.ts";

/**
 * Moves logins and verifications, which formats 1 and 2 counted among the calls of WeChat, to their
 * own table. Only inside a write, so that all of them are moved or none.
 *
 * @returns how many counts were moved
 */
export function moveActivity(callCounts: LmdbCallCounts, activity: LmdbActivity): number {
  const moved = callCounts.removeEndpoints(ACTIVITY_ENDPOINTS);
  for (const { subject, window, endpoint, count, expiresAt } of moved)
    activity.addNow({
      ...{ subject, width: "day", window, expiresAt },
      counts: { [endpoint]: count },
    });
  return moved.length;
}
