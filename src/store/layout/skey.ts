import { sha256 } from "../../crypto/digest.ts";

/** Before the SHA-256 of an skey that nobody knows any more, such as one that comes from our own layout. */
const HASH_MARK = "sha256:";

/** What the old layouts' skey column holds: the skey, because their servers compare it, or its marked hash. */
export const encodeSkey = ({
  skey,
  skeyHash,
}: {
  skey: string | null;
  skeyHash: Uint8Array;
}): string => skey ?? `${HASH_MARK}${Buffer.from(skeyHash).toString("hex")}`;

/** The skey in an old layout's column, and its SHA-256. A client that shows the marked hash itself gets nowhere. */
export function decodeSkey(text: string): { skey: string | null; skeyHash: Uint8Array } {
  if (!text.startsWith(HASH_MARK)) return { skey: text, skeyHash: sha256(text) };
  return { skey: null, skeyHash: Buffer.from(text.slice(HASH_MARK.length), "hex") };
}
