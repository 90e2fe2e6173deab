/** A line of a file, counted from 1; its text is null when it is longer than a record can be. */
export interface Line {
  number: number;
  text: string | null;
}

/** Four times what waferd takes as a body, in bytes. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** Cuts bytes into lines, as many at once as lie in a piece. The last one may have no line end. */
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
    // What is too long is not kept, but for the knowledge that it was.
    held = length > MAX_LINE_BYTES ? [] : [...held, rest];
    yield lines;
  }
  if (length > 0) yield [take(Buffer.alloc(0))];
}
