import type { Milliseconds } from "../ports.ts";
import type { UserInfo } from "./user-info.ts";

/** A user whom the weapp protocol remembers under a login code (PROTOCOL section 3). */
export interface WeappUser {
  appid: string;
  code: string;
  openid: string;
  unionid: string | null;
  userInfo: UserInfo;
  expiresAt: Milliseconds;
}
