/** Thousands of requests made from the document: none is answered by 500, or otherwise than the document says. */
import { expect, test } from "bun:test";
import { sendFromDocument } from "./from-document.ts";

test("4000 requests made from the document", async () => {
  const statuses = await sendFromDocument(4000);
  // Else the requests would prove little.
  for (const status of [200, 201, 204, 400, 401, 403, 404])
    expect(statuses.get(status) ?? 0).toBeGreaterThan(0);
}, 300_000);
