import type { Awaitable, Milliseconds } from "../ports.ts";
import type { WeappUser } from "./weapp-user.ts";

export interface WeappUserTable {
  /** One that has expired may be returned until it is swept: callers judge by their own clock. */
  get(appid: string, code: string): Awaitable<WeappUser | null>;
  /** Forgets the user's older code in the same transaction. */
  remember(user: WeappUser): Promise<void>;
  /** Forgets up to `limit` users that are due, and tells how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}
