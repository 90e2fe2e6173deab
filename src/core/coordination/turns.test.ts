import { expect, test } from "bun:test";
import { Turns } from "./turns.ts";

/** An operation that ends when the test says so, and notes its beginning. */
function operation(started: string[], label: string) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const run = () => {
    started.push(label);
    return promise;
  };
  return { run, end: () => resolve(label), fail: () => reject(new Error(label)) };
}

test("take() starts an operation when the one before it of the same name has ended", async () => {
  const started: string[] = [];
  const [first, second] = [operation(started, "first"), operation(started, "second")];
  const turns = new Turns();
  const taken = [turns.take("a", first.run), turns.take("a", second.run)];
  await Bun.sleep(1);
  expect(started).toEqual(["first"]);
  first.end();
  await taken[0];
  await Bun.sleep(1);
  expect(started).toEqual(["first", "second"]);
  second.end();
  expect(await Promise.all(taken)).toEqual(["first", "second"]);
});

test("take() starts operations of different names side by side", async () => {
  const started: string[] = [];
  const [one, other] = [operation(started, "one"), operation(started, "other")];
  const turns = new Turns();
  const taken = [turns.take("a", one.run), turns.take("b", other.run)];
  await Bun.sleep(1);
  expect(started).toEqual(["one", "other"]);
  for (const { end } of [one, other]) end();
  await Promise.all(taken);
});

test("take() starts the next operation also after one that failed", async () => {
  const started: string[] = [];
  const [failing, next] = [operation(started, "failing"), operation(started, "next")];
  const turns = new Turns();
  const failed = turns.take("a", failing.run);
  const taken = turns.take("a", next.run);
  failing.fail();
  expect(failed).rejects.toThrow("failing");
  next.end();
  expect(await taken).toBe("next");
});
