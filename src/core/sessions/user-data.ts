import { decryptUserData, UserDataError } from "../../crypto/user-data.ts";
import { Failure } from "../errors.ts";
import type { JsonObject } from "./user-info.ts";

/** Encrypted data as a client sends it. */
export interface EncryptedUserData {
  encryptedData: string;
  /** null for the scheme that WeChat used before 2016. */
  iv: string | null;
}

/** The user and the app that the data has to belong to. */
export interface UserDataOwner {
  appid: string;
  openid: string;
  sessionKey: string;
}

export interface UserData {
  /** The decrypted text, byte for byte. */
  text: string;
  members: JsonObject;
}

const refuse = (reason: string): Failure => new Failure("decryptionFailed", { reason });

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Nesting of WeChat's data is two or three levels; parsing tens of thousands would take seconds.
 */
const MAX_DEPTH = 64;

/** Tells whether a JSON text nests deeper than that, brackets in strings aside. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{]|[\]}]/gs)) {
    if (token === "[" || token === "{") depth += 1;
    else if (token === "]" || token === "}") depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/**
 * Decrypts a user's data and checks that it was made for this app and, if it names one, for this
 * user (docs/protocol-reference.md#user-data).
 *
 * @returns a Failure decryptionFailed, whose reason may be shown to the client
 */
export function openUserData(data: EncryptedUserData, owner: UserDataOwner): UserData | Failure {
  let text: string;
  try {
    text = decryptUserData(data.encryptedData, owner.sessionKey, data.iv);
  } catch (error) {
    if (error instanceof UserDataError) return refuse(error.message);
    throw error;
  }
  if (isTooDeep(text)) return refuse(`nested more than ${MAX_DEPTH} deep`);
  let members: unknown;
  try {
    members = JSON.parse(text);
  } catch {
    return refuse("not JSON");
  }
  if (!isObject(members)) return refuse("not a JSON object");
  const watermark = members["watermark"];
  // The scheme without iv is older than the watermark.
  if (watermark === undefined && data.iv !== null) return refuse("no watermark");
  if (watermark !== undefined && !(isObject(watermark) && watermark["appid"] === owner.appid))
    return refuse("watermark is of another app");
  if (members["openId"] !== undefined && members["openId"] !== owner.openid)
    return refuse("openId is another user's");
  return { text, members };
}
