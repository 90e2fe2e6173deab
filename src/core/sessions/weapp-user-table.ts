import type { Awaitable, Milliseconds } from "../ports.ts";
import type { WeappUser } from "./weapp-user.ts";

export interface WeappUserTable {
  /** Returns a user until it is swept, even if it has expired: callers compare their own clock. */
  get(appid: string, code: string): Awaitable<WeappUser | null>;
  /** Stores a user, and removes the user's older code in the same transaction. */
  remember(user: WeappUser): Promise<void>;
  /** Removes up to `limit` users that are due, and returns how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}
