/** Requests made from the document: none is answered 500, or otherwise than documented. */
import { expect, test } from "bun:test";
import { sendFromDocument } from "./from-document.ts";

test("sendFromDocument() of 4000 requests gets every status, and no fault", async () => {
  const statuses = await sendFromDocument(4000);
  // Otherwise the requests would prove little.
  for (const status of [200, 201, 204, 400, 401, 403, 404])
    expect(statuses.get(status) ?? 0).toBeGreaterThan(0);
}, 300_000);
