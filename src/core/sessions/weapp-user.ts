import type { Milliseconds } from "../ports.ts";
import type { UserInfo } from "./user-info.ts";

/**
 * A user whom the weapp protocol remembers under a login code (docs/protocol-reference.md#weapp).
 */
export interface WeappUser {
  appid: string;
  code: string;
  openid: string;
  unionid: string | null;
  userInfo: UserInfo;
  expiresAt: Milliseconds;
}
