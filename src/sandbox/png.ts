import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
const WHITE = 0xff;
const BLACK = 0x00;

/**
 * Makes a PNG of black and white squares (PNG specification, third edition: an 8-bit greyscale
 * image without interlacing).
 *
 * @param dark rows of squares; true is black
 * @param scale pixels of a square's side
 */
export function pngOf(dark: readonly (readonly boolean[])[], scale: number): Buffer {
  const size = dark.length * scale;
  const rows = dark.flatMap((row) => {
    // Each line of pixels begins with the filter that it uses: none.
    const line = Buffer.alloc(1 + size);
    for (const [index, isDark] of row.entries())
      line.fill(isDark ? BLACK : WHITE, 1 + index * scale, 1 + (index + 1) * scale);
    return Array.from({ length: scale }, () => line);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.writeUInt8(8, 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(rows))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(4 + named.length + 4);
  frame.writeUInt32BE(data.length, 0);
  named.copy(frame, 4);
  frame.writeUInt32BE(crc32(named), 4 + named.length);
  return frame;
}
