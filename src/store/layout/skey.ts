import { sha256 } from "../../crypto/digest.ts";

/** Marks the SHA-256 of an skey that waferd does not know, such as one from its own layout. */
const HASH_MARK = "sha256:";

/** Encodes an skey for the old layouts: itself, as their servers compare it, or its marked hash. */
export const encodeSkey = ({
  skey,
  skeyHash,
}: {
  skey: string | null;
  skeyHash: Uint8Array;
}): string => skey ?? `${HASH_MARK}${Buffer.from(skeyHash).toString("hex")}`;

/**
 * Decodes the skey column of an old layout. A client that sends the marked hash as its skey is
 * refused, because only an unmarked text is an skey.
 */
export function decodeSkey(text: string): { skey: string | null; skeyHash: Uint8Array } {
  if (!text.startsWith(HASH_MARK)) return { skey: text, skeyHash: sha256(text) };
  return { skey: null, skeyHash: Buffer.from(text.slice(HASH_MARK.length), "hex") };
}
