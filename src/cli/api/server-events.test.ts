import { expect, test } from "bun:test";
import { parseEvents, type ServerEvent } from "./server-events.ts";

async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const STREAM = [
  "retry: 1000\n\n",
  ": a comment\n\n",
  'data: {"msg":"微信: a"}\n\n',
  "event: lost\ndata: 1\ndata:2\n\n",
  "id: a.1\r\n: \r\n\r\n",
  "data\n\n",
  "data: cut off",
].join("");

test.each([1, 3, 1000])("parseEvents() joins chunks of %p bytes", async (size) => {
  const events: ServerEvent[] = [];
  for await (const event of parseEvents(chunksOf(STREAM, size))) events.push(event);
  expect(events).toEqual([
    { name: "message", data: '{"msg":"微信: a"}', lastId: null },
    { name: "lost", data: "1\n2", lastId: null },
    { name: "message", data: "", lastId: "a.1" },
    { name: "message", data: "", lastId: "a.1" },
  ]);
});
