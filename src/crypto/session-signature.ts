/**
 * Returns the signature by which WeChat recognizes a user's session: hex HMAC-SHA256, keyed by the
 * session_key text, not decoded (docs/protocol-reference.md#session-key-check, the signature page
 * of WeChat's user login).
 */
export function signWithSessionKey(message: string, sessionKey: string): string {
  return new Bun.CryptoHasher("sha256", sessionKey).update(message).digest("hex");
}
