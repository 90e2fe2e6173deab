import { expect, test } from "bun:test";
import { serializeError } from "./log.ts";

test("serializeError() keeps the listed members, and drops those that a library attached", () => {
  const cause = Object.assign(new Error("refused"), {
    code: "ECONNREFUSED",
    request: { path: "/?secret=s" },
  });
  const error = Object.assign(new Error("outer", { cause }), { headers: { authorization: "key" } });
  const logged = serializeError(error);
  expect(JSON.stringify(logged)).not.toMatch(/secret=s|authorization/);
  expect(logged).toMatchObject({
    type: "Error",
    message: "outer",
    stack: expect.stringContaining("log.test.ts"),
    cause: { type: "Error", message: "refused", code: "ECONNREFUSED" },
  });
  expect(logged.cause).not.toHaveProperty("stack");
  expect(serializeError("text")).toEqual({ type: "string", message: "text" });
});
