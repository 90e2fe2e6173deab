/**
 * Returns the signature that WeChat sends with rawData: hex SHA-1 of rawData, byte for byte,
 * followed by the session_key text (docs/protocol-reference.md#raw-data-signature).
 */
export function signRawData(rawData: string | Uint8Array, sessionKey: string): string {
  return new Bun.CryptoHasher("sha1").update(rawData).update(sessionKey).digest("hex");
}
