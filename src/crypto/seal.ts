import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

export const MASTER_KEY_BYTES = 32;

const KEY_VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts short texts at rest. A text that was sealed for one place does not open at another. */
export interface Sealer {
  /** @param place of the sealed value, as `table:key:field`; it is authenticated, not stored */
  seal(text: string, place: string): Buffer;
  /** @throws UnsealError when the value was altered, moved, or sealed with another key */
  open(sealed: Uint8Array, place: string): string;
  sealBytes(bytes: Uint8Array, place: string): Buffer;
  /** @throws UnsealError, as `open` */
  openBytes(sealed: Uint8Array, place: string): Buffer;
}

export class UnsealError extends Error {
  override readonly name = "UnsealError";
  constructor(place: string, options?: ErrorOptions) {
    super(`the sealed value at ${place} does not open with this master key`, options);
  }
}

/**
 * Creates a sealer: AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D). Layout: key version
 * (1 byte), nonce (12), ciphertext, tag (16); the additional data is the place.
 *
 * @param masterKey 32 bytes
 */
export function createSealer(masterKey: Uint8Array): Sealer {
  if (masterKey.length !== MASTER_KEY_BYTES)
    throw new RangeError(`a master key has ${MASTER_KEY_BYTES} bytes, not ${masterKey.length}`);
  const sealer: Sealer = {
    seal: (text, place) => sealer.sealBytes(Buffer.from(text), place),
    open: (sealed, place) => sealer.openBytes(sealed, place).toString("utf8"),
    sealBytes(bytes, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", masterKey, nonce).setAAD(Buffer.from(place));
      const body = Buffer.concat([cipher.update(bytes), cipher.final()]);
      return Buffer.concat([Buffer.of(KEY_VERSION), nonce, body, cipher.getAuthTag()]);
    },
    openBytes(sealed, place) {
      if (sealed.length < 1 + NONCE_BYTES + TAG_BYTES || sealed[0] !== KEY_VERSION)
        throw new UnsealError(place);
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const body = sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES);
      try {
        const decipher = createDecipheriv("aes-256-gcm", masterKey, nonce).setAAD(
          Buffer.from(place),
        );
        decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(body), decipher.final()]);
      } catch (cause) {
        throw new UnsealError(place, { cause });
      }
    },
  };
  return sealer;
}
