/** How much of a request's own text an answer repeats. */
const MAX_ECHO_BYTES = 200;

/** Returns the beginning of a text from a request, for an answer that repeats it. */
export function excerpt(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_ECHO_BYTES) return text;
  let end = MAX_ECHO_BYTES - Buffer.byteLength("…");
  // A character is not cut: bytes that continue one begin with the bits 10.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString("utf8", 0, end)}…`;
}
