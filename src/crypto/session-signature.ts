/**
 * The signature by which WeChat knows a user's session: hex HMAC-SHA256, keyed by the session_key text as it is, not
 * decoded (PROTOCOL section 4.8, the signature page of WeChat's user login).
 */
export function signWithSessionKey(message: string, sessionKey: string): string {
  return new Bun.CryptoHasher("sha256", sessionKey).update(message).digest("hex");
}
