import {
  type Ciphertext,
  decodeUserData,
  decryptUserData,
  UserDataError,
} from "../../crypto/user-data.ts";
import { Failure } from "../errors.ts";
import { parseClientJson } from "./client-json.ts";
import { isObject, type JsonObject } from "./user-info.ts";

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
  /** The decrypted text; JSON, so control characters in its strings are escaped. */
  text: string;
  members: JsonObject;
  /**
   * Whether the text has more than a few bytes that are not UTF-8, or control characters. A client
   * that splices ciphertexts cannot avoid them, and learns from what they decrypt to.
   */
  isDoubtful: boolean;
}

const refuse = (reason: string): Failure => new Failure("decryptionFailed", { reason });

/**
 * Decodes a client's data, which needs no key.
 *
 * @returns a Failure decryptionFailed with the member that is not Base64 or has a wrong length
 */
export function parseUserData({ encryptedData, iv }: EncryptedUserData): Ciphertext | Failure {
  return refusing(() => decodeUserData(encryptedData, iv));
}

/** A spliced block of 16 random bytes has no more than these in one of 1400 cases. */
const FEW_IRREGULAR = 2;

/**
 * Decrypts a user's data and checks that it was made for this app and, if it names one, for this
 * user (docs/protocol-reference.md#user-data).
 *
 * Nothing authenticates the data, and a client chooses it bit by bit. So everything that is done
 * to whole data is done to any other, and all that is wrong with it has one reason. Only data that
 * is whole is told to be of another app or user.
 *
 * @returns a Failure decryptionFailed, whose reason may be shown to the client
 */
export function openUserData(ciphertext: Ciphertext, owner: UserDataOwner): UserData | Failure {
  const decrypted = refusing(() => decryptUserData(ciphertext, owner.sessionKey));
  if (decrypted instanceof Failure) return decrypted;
  const { text, members, irregular } = parseClientJson(decrypted.plain);
  const watermark = members?.["watermark"];
  const openid = members?.["openId"];
  const appid = isObject(watermark) ? watermark["appid"] : undefined;
  // The scheme without iv is older than the watermark.
  const isMarked = typeof appid === "string" || (watermark === undefined && ciphertext.iv === null);
  const isNamed = openid === undefined || typeof openid === "string";
  if (!decrypted.isPadded || members === null || !isMarked || !isNamed)
    return refuse("not decryptable");
  if (watermark !== undefined && appid !== owner.appid)
    return refuse("watermark is of another app");
  if (openid !== undefined && openid !== owner.openid) return refuse("openId is another user's");
  return { text, members, isDoubtful: irregular > FEW_IRREGULAR };
}

function refusing<Result>(work: () => Result): Result | Failure {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserDataError) return refuse(error.message);
    throw error;
  }
}
