import type { Awaitable, Milliseconds } from "../ports.ts";
import type { WeappUser } from "./weapp-user.ts";

export interface WeappUserTable {
  /** An expired user may be returned until it is swept: callers compare with their own clock. */
  get(appid: string, code: string): Awaitable<WeappUser | null>;
  /** Stores a user under a code, and removes the code it had before, in one transaction. */
  remember(user: WeappUser): Promise<void>;
  /** Removes up to `limit` users that are due, and returns how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}
