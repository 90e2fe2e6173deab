/**
 * The signature that WeChat gives with rawData: hex SHA-1 of rawData, byte for byte, followed by the session_key text
 * (PROTOCOL section 5.4).
 */
export function signRawData(rawData: string, sessionKey: string): string {
  return new Bun.CryptoHasher("sha1").update(rawData).update(sessionKey).digest("hex");
}
