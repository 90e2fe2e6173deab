import { Failure } from "../errors.ts";
import type { EncryptedUserData } from "./user-data.ts";

/** A login, as every protocol asks for it. */
export interface LoginRequest {
  /** null means the default app. */
  appid: string | null;
  /** From wx.login. */
  code: string;
  /** null is a silent login: the profile may come later. */
  userData: EncryptedUserData | null;
}

/** The members that a client sends for a login, under our names; null where it sends nothing. */
export interface LoginMembers {
  appid: string | null;
  code: string | null;
  encryptedData: string | null;
  iv: string | null;
}

/** The members that can be refused, under our names. */
const OUR_SPELLINGS = { code: "code", encryptedData: "encryptedData" };

/** WeChat's codes have 32 characters. */
export const MAX_CODE_LENGTH = 512;

/**
 * Returns the request that a client's members make, within limits that hold in every protocol
 * (`docs/protocol-reference.md#interfaces`).
 *
 * @param spellings the members' names in the protocol, for the failure; ours without it
 * @returns a Failure badParameter with the spelling of the member that is missing, empty or too
 * long; an iv without encrypted data is one where the data is missing
 */
export function loginRequest(
  { appid, code, encryptedData, iv }: LoginMembers,
  spellings: typeof OUR_SPELLINGS = OUR_SPELLINGS,
): LoginRequest | Failure {
  const bad = (member: keyof typeof OUR_SPELLINGS): Failure =>
    new Failure("badParameter", { reason: spellings[member] });
  if (code === null || code === "" || code.length > MAX_CODE_LENGTH) return bad("code");
  if (encryptedData !== null && encryptedData !== "")
    return { appid, code, userData: { encryptedData, iv } };
  return iv === null ? { appid, code, userData: null } : bad("encryptedData");
}
