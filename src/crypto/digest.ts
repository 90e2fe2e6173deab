import { timingSafeEqual } from "node:crypto";

/** SHA-256 of a text's UTF-8 bytes: 32 bytes. Known answers: FIPS 180-4. */
export function sha256(text: string): Buffer {
  return new Bun.CryptoHasher("sha256").update(text).digest();
}

/** Compares two digests in time that depends on their lengths only. */
export function equalDigests(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
