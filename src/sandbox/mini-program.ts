import { signRawData } from "../crypto/raw-data.ts";
import { encryptUserData } from "../crypto/user-data.ts";
import type { SandboxUser, SandboxWorld } from "./world.ts";

/** The answer of wx.getUserInfo. */
export interface ClientUserInfo {
  errMsg: string;
  userInfo: Record<string, unknown>;
  rawData: string;
  signature: string;
  encryptedData: string;
  iv: string;
}

/**
 * Plays wx.getUserInfo with credentials: the signed profile, and the encrypted profile with the
 * user's ids.
 */
export function getUserInfo(world: SandboxWorld, user: SandboxUser): ClientUserInfo {
  const rawData = JSON.stringify(user.profile);
  const { openid: openId, unionid: unionId } = user;
  return {
    errMsg: "getUserInfo:ok",
    userInfo: user.profile,
    rawData,
    signature: signRawData(rawData, user.sessionKey),
    ...encrypt(world, user, { openId, ...user.profile, ...(unionId !== null && { unionId }) }),
  };
}

/**
 * Returns data as a mini program gets it: with a watermark, encrypted with the user's current
 * session_key.
 */
export function encrypt(
  world: SandboxWorld,
  user: SandboxUser,
  data: Record<string, unknown>,
): { encryptedData: string; iv: string } {
  const watermark = { timestamp: Math.floor(world.now() / 1000), appid: user.appid };
  const iv = world.newIv();
  return {
    encryptedData: encryptUserData(JSON.stringify({ watermark, ...data }), user.sessionKey, iv),
    iv,
  };
}

/** Plays wx.login. */
export const login = (
  world: SandboxWorld,
  user: SandboxUser,
): { code: string; errMsg: string } => ({
  code: world.giveCode(user),
  errMsg: "login:ok",
});
