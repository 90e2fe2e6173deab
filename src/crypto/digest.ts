import { createHmac, timingSafeEqual } from "node:crypto";

/** Returns the SHA-256 of a text's UTF-8 bytes: 32 bytes. Known answers: FIPS 180-4. */
export function sha256(text: string): Buffer {
  // The one-shot form costs a tenth of a hasher, and the `buffer` of its own result as much again.
  const digest = Buffer.allocUnsafe(32);
  Bun.SHA256.hash(text, digest);
  return digest;
}

/** Returns the hex HMAC-SHA256 of a text, keyed by a text. Known answers: RFC 4231. */
export const hmacSha256 = (key: string, text: string): string =>
  createHmac("sha256", key).update(text).digest("hex");

const scratch = new Uint8Array(32);

/**
 * Tells whether a digest is a text's SHA-256, in time that does not depend on where they differ.
 * Allocates nothing.
 */
export function isSha256Of(digest: Uint8Array, text: string): boolean {
  // Every check of a session calls this, and a new buffer would cost ten times the digest.
  Bun.SHA256.hash(text, scratch);
  return equalDigests(digest, scratch);
}

/** Compares two digests in time that depends on their lengths only. */
export function equalDigests(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
