import { createCipheriv, createDecipheriv } from "node:crypto";
import { decodeBase64 } from "./base64.ts";

const BLOCK_BYTES = 16;

/** The reason why user data did not decrypt. Each reason is safe to show to the caller. */
export class UserDataError extends Error {
  override readonly name = "UserDataError";
}

function decode(text: string, member: string): Buffer {
  const bytes = decodeBase64(text);
  if (bytes === null) throw new UserDataError(`${member} is not Base64`);
  return bytes;
}

function decodeBlock(text: string, member: string): Buffer {
  const bytes = decode(text, member);
  if (bytes.length !== BLOCK_BYTES) throw new UserDataError(`${member} is not 16 bytes of Base64`);
  return bytes;
}

/**
 * Decrypts the encryptedData of wx.getUserInfo and its like: AES-128-CBC with PKCS#7 padding
 * (docs/protocol-reference.md#user-data).
 *
 * @param sessionKey Base64 of 16 bytes
 * @param iv Base64 of 16 bytes, or null for the scheme before 2016, in which the key is also the iv
 * @returns the plain text
 * @throws UserDataError with the reason
 */
export function decryptUserData(
  encryptedData: string,
  sessionKey: string,
  iv: string | null,
): string {
  const key = decodeBlock(sessionKey, "session_key");
  const ivBytes = iv === null ? key : decodeBlock(iv, "iv");
  const data = decode(encryptedData, "encrypt_data");
  if (data.length === 0 || data.length % BLOCK_BYTES !== 0)
    throw new UserDataError("encrypt_data is not a whole number of 16-byte blocks");
  let plain: Buffer;
  try {
    const decipher = createDecipheriv("aes-128-cbc", key, ivBytes);
    plain = Buffer.concat([decipher.update(data), decipher.final()]);
  } catch {
    throw new UserDataError("bad padding");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(plain);
  } catch {
    throw new UserDataError("not UTF-8");
  }
}

/** Encrypts as WeChat's servers do: the inverse of {@link decryptUserData}, for the sandbox. */
export function encryptUserData(text: string, sessionKey: string, iv: string | null): string {
  const key = decodeBlock(sessionKey, "session_key");
  const cipher = createCipheriv("aes-128-cbc", key, iv === null ? key : decodeBlock(iv, "iv"));
  return Buffer.concat([cipher.update(text, "utf8"), cipher.final()]).toString("base64");
}
