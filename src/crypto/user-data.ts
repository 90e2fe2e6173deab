import { createCipheriv, createDecipheriv } from "node:crypto";
import { decodeBase64 } from "./base64.ts";

const BLOCK_BYTES = 16;

/** The reason why user data cannot be decrypted. Each reason is safe to show to the caller. */
export class UserDataError extends Error {
  override readonly name = "UserDataError";
}

/** Encrypted data as bytes: one block or more. */
export interface Ciphertext {
  data: Buffer;
  /** 16 bytes; null for the scheme before 2016, in which the key is also the iv. */
  iv: Buffer | null;
}

const isBlock = (bytes: number): boolean => bytes === BLOCK_BYTES;
const isBlocks = (bytes: number): boolean => bytes > 0 && bytes % BLOCK_BYTES === 0;

function decode(text: string, member: string, isLength: (bytes: number) => boolean): Buffer {
  const bytes = decodeBase64(text, isLength);
  if (bytes === null) throw new UserDataError(`${member} is not Base64`);
  return bytes;
}

function decodeBlock(text: string, member: string): Buffer {
  const bytes = decode(text, member, isBlock);
  if (!isBlock(bytes.length)) throw new UserDataError(`${member} is not 16 bytes of Base64`);
  return bytes;
}

/**
 * Decodes the encryptedData and iv of wx.getUserInfo and its like, without a key.
 *
 * @param iv null for the scheme before 2016
 * @throws UserDataError with the reason
 */
export function decodeUserData(encryptedData: string, iv: string | null): Ciphertext {
  const ivBytes = iv === null ? null : decodeBlock(iv, "iv");
  const data = decode(encryptedData, "encrypt_data", isBlocks);
  if (!isBlocks(data.length))
    throw new UserDataError("encrypt_data is not a whole number of 16-byte blocks");
  return { data, iv: ivBytes };
}

/**
 * Decrypts AES-128-CBC (docs/protocol-reference.md#user-data). Wrong padding is not an error here:
 * the caller does the same work for it as for any other text, because a client that can tell the
 * two apart can make ciphertexts of its choice.
 *
 * @param sessionKey Base64 of 16 bytes
 * @returns the plain bytes without their PKCS#7 padding; with all of it when `isPadded` is false
 * @throws UserDataError for a session_key that is not one
 */
export function decryptUserData(
  { data, iv }: Ciphertext,
  sessionKey: string,
): { plain: Buffer; isPadded: boolean } {
  const key = decodeBlock(sessionKey, "session_key");
  const decipher = createDecipheriv("aes-128-cbc", key, iv ?? key).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(data), decipher.final()]);
  const padding = paddingOf(plain);
  return { plain: plain.subarray(0, plain.length - padding), isPadded: padding > 0 };
}

/**
 * Returns the bytes of PKCS#7 padding, 0 when it is wrong. Looks at each byte of the last block,
 * whatever it finds.
 */
function paddingOf(plain: Buffer): number {
  const length = plain[plain.length - 1] ?? 0;
  let wrong = Number(length === 0) | Number(length > BLOCK_BYTES);
  for (let place = 1; place <= BLOCK_BYTES; place += 1)
    wrong |= Number(place <= length) & Number(plain[plain.length - place] !== length);
  return length * (1 - wrong);
}

/**
 * Encrypts as WeChat's servers do: the inverse of {@link decryptUserData}, for the sandbox.
 *
 * @param plain a text, or bytes as a phone made them
 */
export function encryptUserData(
  plain: string | Uint8Array,
  sessionKey: string,
  iv: string | null,
): string {
  const key = decodeBlock(sessionKey, "session_key");
  const cipher = createCipheriv("aes-128-cbc", key, iv === null ? key : decodeBlock(iv, "iv"));
  return Buffer.concat([cipher.update(Buffer.from(plain)), cipher.final()]).toString("base64");
}
