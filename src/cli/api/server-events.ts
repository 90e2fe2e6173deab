/** A server-sent event. */
export interface ServerEvent {
  /** `message` unless the server names it otherwise. */
  name: string;
  /** The lines of its data, joined by line feeds; empty for a comment. */
  data: string;
  /** The latest id that the server has given; null before the first. */
  lastId: string | null;
}

/**
 * Parses server-sent events, and yields each one that has data or gives a new id.
 *
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* parseEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  let lastId: string | null = null;
  for await (const chunk of chunks) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = block.split(/\r?\n/).map(fieldOf);
      const lastOf = (name: string) => fields.findLast((field) => field.name === name)?.value;
      const id = lastOf("id");
      const data = fields.filter(({ name }) => name === "data").map(({ value }) => value);
      if (id !== undefined) lastId = id;
      if (data.length > 0 || id !== undefined)
        yield { name: lastOf("event") ?? "message", data: data.join("\n"), lastId };
    }
  }
}

/** Splits a line; the name of a comment is empty. */
function fieldOf(line: string): { name: string; value: string } {
  const colon = line.indexOf(":");
  if (colon === -1) return { name: line, value: "" };
  return { name: line.slice(0, colon), value: line.slice(colon + 1).replace(/^ /, "") };
}
