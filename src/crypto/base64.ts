const STANDARD_BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Decodes standard Base64, with or without padding. Undoes form decoding first, which turns every
 * `+` into a space (docs/protocol-reference.md#envelope).
 *
 * @returns the bytes, or null when the text is not Base64
 */
export function decodeBase64(text: string): Buffer | null {
  const mended = text.replaceAll(" ", "+");
  if (!STANDARD_BASE64.test(mended)) return null;
  const digits = mended.replace(/=+$/, "").length;
  if (digits % 4 === 1) return null;
  return Buffer.from(mended, "base64");
}
