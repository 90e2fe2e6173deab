/** A line of a file, counted from 1. Its text is null when it is longer than any record. */
export interface Line {
  number: number;
  text: string | null;
}

/** In bytes; four times the limit of a request's body. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** Splits bytes into lines, and yields those of a piece together. The last may lack its end. */
export async function* inLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  let held: Buffer[] = [];
  let length = 0;
  let number = 0;
  const take = (rest: Buffer): Line => {
    length += rest.length;
    const text = length > MAX_LINE_BYTES ? null : Buffer.concat([...held, rest]).toString();
    held = [];
    length = 0;
    number += 1;
    return { number, text };
  };
  for await (const piece of pieces) {
    const lines: Line[] = [];
    let from = 0;
    for (let end = piece.indexOf("\n"); end !== -1; end = piece.indexOf("\n", from)) {
      lines.push(take(piece.subarray(from, end)));
      from = end + 1;
    }
    const rest = piece.subarray(from);
    length += rest.length;
    // Of a line that is too long, only the length is kept.
    held = length > MAX_LINE_BYTES ? [] : [...held, rest];
    yield lines;
  }
  if (length > 0) yield [take(Buffer.alloc(0))];
}
