import { expect, test } from "bun:test";
import { open, type RootDatabase } from "lmdb";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { until } from "../../../test/harness/until.ts";
import { StoreError } from "../../core/store-error.ts";
import { Writer } from "./writer.ts";

/** Returns a writer whose commits and flushes happen when the test says so. */
function steppedEnvironment(patience?: number, timeout?: number) {
  const commits: PromiseWithResolvers<void>[] = [];
  const flushes: PromiseWithResolvers<void>[] = [];
  const syncs: ((error?: Error) => void)[] = [];
  const broken: StoreError[] = [];
  const panic = new Error("environment had fatal error");
  let isWell = true;
  const env = {
    transaction(run: () => void) {
      run();
      commits.push(Promise.withResolvers());
      flushes.push(Promise.withResolvers());
      return commits.at(-1)?.promise;
    },
    get flushed() {
      return flushes.at(-1)?.promise;
    },
    sync: (callback: (error?: Error) => void) => syncs.push(callback),
    doesExist() {
      if (!isWell) throw panic;
    },
  };
  const writer = new Writer(env as unknown as RootDatabase, {
    onBroken: (error) => broken.push(error),
    ...(patience !== undefined && { patience }),
    ...(timeout !== undefined && { timeout }),
  });
  const panics = (): void => {
    isWell = false;
  };
  return { writer, commits, flushes, syncs, broken, panic, panics };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

test("write() is acknowledged after the commit or after the flush, as requested", async () => {
  const { writer, commits, flushes } = steppedEnvironment();
  const acknowledged: string[] = [];
  void writer.write(() => "flushed").then((value) => acknowledged.push(value));
  void writer.write(() => "committed", "committed").then((value) => acknowledged.push(value));
  await settled();
  expect(acknowledged).toEqual([]);
  commits[0]?.resolve();
  await settled();
  expect(acknowledged).toEqual(["committed"]);
  flushes[0]?.resolve();
  await settled();
  expect(acknowledged).toEqual(["committed", "flushed"]);
});

test("write() during a transaction joins the next one, which does not wait for the flush", async () => {
  const { writer, commits, flushes } = steppedEnvironment();
  const ran: number[] = [];
  const first = writer.write(() => ran.push(1));
  await settled();
  const later = [2, 3].map((number) => writer.write(() => ran.push(number)));
  await settled();
  expect([ran, commits.length]).toEqual([[1], 1]);
  commits[0]?.resolve();
  await settled();
  expect([ran, commits.length]).toEqual([[1, 2, 3], 2]);
  commits[1]?.resolve();
  for (const flush of flushes) flush.resolve();
  expect(await Promise.all([first, ...later])).toEqual([1, 2, 3]);
});

test("write() that throws is rejected alone; a refused transaction rejects its own writes only", async () => {
  const { writer, commits, flushes } = steppedEnvironment();
  const outcomes = Promise.allSettled([
    writer.write(() => 1),
    writer.write(() => {
      throw new RangeError("mine alone");
    }),
  ]);
  await settled();
  commits[0]?.resolve();
  flushes[0]?.resolve();
  expect(await outcomes).toMatchObject([{ value: 1 }, { reason: { name: "RangeError" } }]);

  const refused = Promise.allSettled([writer.write(() => 1), writer.write(() => 2, "committed")]);
  await settled();
  commits[1]?.reject(new Error("disk full"));
  for (const { status, reason } of (await refused) as PromiseRejectedResult[]) {
    expect(status).toBe("rejected");
    expect(reason).toBeInstanceOf(StoreError);
    expect(reason).toMatchObject({ kind: "refused", cause: { message: "disk full" } });
  }

  const after = writer.write(() => 3, "committed");
  await settled();
  commits[2]?.resolve();
  expect(await after).toBe(3);
});

test("write() whose flush never settles is acknowledged by the flush of the probe", async () => {
  const { writer, commits, syncs, broken } = steppedEnvironment(1);
  const written = writer.write(() => 1);
  await settled();
  commits[0]?.resolve();
  await until(() => syncs.length > 0);
  syncs[0]?.();
  expect(await written).toBe(1);
  await Bun.sleep(20);
  expect([syncs.length, broken]).toEqual([1, []]);
});

test.each<{
  name: string;
  breaks: (environment: ReturnType<typeof steppedEnvironment>) => void;
  message: string;
}>([
  {
    name: "a flush that fails",
    breaks: ({ syncs }) => syncs[0]?.(new Error("Input/output error")),
    message: "Input/output error",
  },
  {
    name: "an environment that gave itself up",
    breaks: ({ syncs, panics }) => {
      panics();
      syncs[0]?.();
    },
    message: "environment had fatal error",
  },
])(
  "write() fails for pending and later calls after $name, which is reported once",
  async ({ breaks, message }) => {
    const environment = steppedEnvironment(1);
    const { writer, commits, syncs, broken, panic } = environment;
    const first = writer.write(() => 1);
    await settled();
    commits[0]?.resolve();
    await settled();
    // The second hangs in its transaction, the third waits for that.
    const outcomes = Promise.allSettled([first, writer.write(() => 2), writer.write(() => 3)]);
    await until(() => syncs.length > 0);
    breaks(environment);
    const refusal = { reason: { name: "StoreError", kind: "refused", cause: { message } } };
    const isFlushed = message === panic.message;
    expect(await outcomes).toMatchObject([isFlushed ? { value: 1 } : refusal, refusal, refusal]);
    await expect(writer.write(() => 4)).rejects.toBe(broken[0]);
    await writer.close();
    expect(broken).toHaveLength(1);
  },
);

test("write() fails after its deadline: one that has not run never runs, a patient one goes on", async () => {
  const environment = steppedEnvironment(5, 40);
  const { writer, commits, flushes, broken } = environment;
  const ran: string[] = [];
  const first = writer.write(() => ran.push("first"));
  await settled();
  const queued = writer.write(() => ran.push("queued"));
  const patient = writer.write(() => ran.push("patient"), "flushed", Number.POSITIVE_INFINITY);
  const late = { name: "StoreError", kind: "closed" };
  expect(await Promise.allSettled([first, queued])).toMatchObject([
    { status: "rejected", reason: late },
    { status: "rejected", reason: late },
  ]);
  commits[0]?.resolve();
  await settled();
  commits[1]?.resolve();
  for (const flush of flushes) flush.resolve();
  expect(await patient).toBe(2);
  expect([ran, broken]).toEqual([["first", "patient"], []]);
});

test("write() waits in the transaction for the lock no longer than its deadline", async () => {
  const held = Promise.withResolvers<void>();
  const lockedOut = {
    transaction: () => held.promise,
    flushed: held.promise,
    sync: () => undefined,
  };
  const writer = new Writer(lockedOut as unknown as RootDatabase, {
    onBroken: () => undefined,
    patience: 5,
    timeout: 40,
  });
  await expect(writer.write(() => 1)).rejects.toMatchObject({ kind: "closed" });
  await expect(writer.write(() => 2)).rejects.toMatchObject({ kind: "closed" });
  await writer.close();
});

test("Writer keeps a healthy environment after a probe", async () => {
  using folder = tempFolder();
  const env = open({
    path: folder.path,
    noSubdir: false,
    overlappingSync: true,
    eventTurnBatching: false,
  });
  const broken: StoreError[] = [];
  const writer = new Writer(env, { patience: 1, onBroken: (error) => broken.push(error) });
  let asked = 0;
  const sync = (env as unknown as { sync(...rest: unknown[]): void }).sync.bind(env);
  Object.assign(env, {
    sync(...rest: unknown[]) {
      asked += 1;
      sync(...rest);
    },
  });
  while (asked < 5) await writer.write(() => env.put("key", asked));
  await writer.close();
  expect([env.get("key") > 0, broken]).toEqual([true, []]);
  await env.close();
});

test("close() waits for the flush of pending writes, and refuses later ones", async () => {
  const { writer, commits, flushes } = steppedEnvironment();
  const written = writer.write(() => 1);
  let closed = false;
  const closing = writer.close().then(() => {
    closed = true;
  });
  await expect(writer.write(() => 2)).rejects.toMatchObject({ name: "StoreError", kind: "closed" });
  await settled();
  commits[0]?.resolve();
  await settled();
  expect(closed).toBe(false);
  flushes[0]?.resolve();
  await closing;
  expect(await written).toBe(1);
});
