/**
 * Returns the text of a file that a person wrote, with any editor: without a byte order mark, from
 * UTF-16 if the mark says so (as PowerShell writes), and with line feeds alone as line ends.
 */
export function writtenText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe
      ? "utf-16le"
      : first === 0xfe && second === 0xff
        ? "utf-16be"
        : "utf-8";
  // The decoder drops the mark.
  return new TextDecoder(encoding).decode(bytes).replace(/\r\n?/g, "\n");
}
