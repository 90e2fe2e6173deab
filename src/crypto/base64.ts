const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Decodes Base64 as PHP and Go do, and undoes what callers do to it on the way
 * (docs/protocol-reference.md#base64): line ends and other white space inside are skipped, `%2B`,
 * `%2F`, `%3D` and the URL alphabet are understood, and padding may be missing. A space was a `+`
 * before form decoding, unless only skipping it gives a right length.
 *
 * @param isLength tells whether a number of bytes is right
 * @returns the bytes, or null when the text is not Base64; of a wrong length if there are no others
 */
export function decodeBase64(
  text: string,
  isLength: (bytes: number) => boolean = () => true,
): Buffer | null {
  const mended = text
    .replace(/%2b|-/gi, "+")
    .replace(/%2f|_/gi, "/")
    .replace(/%3d/gi, "=")
    .replace(/%0[ad]|[\t\n\v\f\r]/gi, "");
  const pluses = mended.replaceAll(" ", "+");
  const bytes = decode(pluses);
  if (!mended.includes(" ")) return bytes;
  const isRight = (of: string, decoded: Buffer | null) =>
    decoded !== null && isLength(decoded.length) && (of.length % 4 === 0 || !of.includes("="));
  if (isRight(pluses, bytes)) return bytes;
  const bare = mended.replaceAll(" ", "");
  const skipped = decode(bare);
  return isRight(bare, skipped) ? skipped : (bytes ?? skipped);
}

function decode(text: string): Buffer | null {
  if (!BASE64.test(text)) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return (text.length - padding) % 4 === 1 ? null : Buffer.from(text, "base64");
}
