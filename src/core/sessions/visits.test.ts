import { expect, test } from "bun:test";
import type { App } from "../apps/app.ts";
import { StoreError } from "../store-error.ts";
import type { Visit } from "./session-table.ts";
import { Visits } from "./visits.ts";

const APP: App = {
  appid: "wx0123456789abcdef",
  appSecret: "secret",
  revision: 1,
  number: 1,
  title: "",
  loginDurationDays: 30,
  sessionDurationSeconds: 2_592_000,
  sessionsPerUser: null,
  tokenEndpoint: "stable",
  createdAt: 0,
  updatedAt: 0,
};

const session = (number: number) => ({
  id: `session-${number}`,
  appid: APP.appid,
  skeyHash: new Uint8Array(32),
  loginAt: 0,
});

/** A table that keeps what it is given, after `before`. */
function table(before: (written: readonly Visit[]) => unknown = () => undefined) {
  const writes: (readonly Visit[])[] = [];
  const touch = async (visits: readonly Visit[]): Promise<number> => {
    await before(visits);
    writes.push(visits);
    return visits.length;
  };
  return { writes, tables: { sessions: { touch } } };
}

test("flush() writes 250 visits at a time, each once", async () => {
  const { writes, tables } = table();
  const visits = new Visits({ tables });
  for (let number = 0; number < 600; number += 1) visits.note(session(number), APP, 1000);
  await Promise.all([visits.flush(), visits.flush()]);
  await visits.flush();
  expect(writes.map(({ length }) => length)).toEqual([250, 250, 100]);
  expect(new Set(writes.flat().map(({ id }) => id)).size).toBe(600);
});

test("flush() writes visits by the beginnings of their ids, and makes room for others", async () => {
  const { writes, tables } = table();
  const visits = new Visits({ tables });
  const ids = ["c1", "a2", "b1", "a1", "c2"].map((start) => start.padEnd(32, "0"));
  for (const round of [1, 2]) {
    for (const id of ids) visits.note({ ...session(1), id }, APP, round * 1000);
    await visits.flush();
  }
  const starts = writes.map((batch) => batch.map(({ id }) => id.slice(0, 2)));
  expect(starts).toEqual(Array(2).fill(["a1", "a2", "b1", "c1", "c2"]));
  for (let number = 0; number < 65_536; number += 1) visits.note(session(number), APP, 3000);
  await visits.flush();
  expect(writes.flat()).toHaveLength(10 + 65_536);
});

test("a visit that is noted during the write of an earlier one is written by the next flush", async () => {
  const { writes, tables } = table(() => {
    if (writes.length === 0) visits.note(session(1), APP, 2000);
  });
  const visits = new Visits({ tables });
  visits.note(session(1), APP, 1000);
  await visits.flush();
  await visits.flush();
  expect(writes.flat().map(({ lastVisitAt }) => lastVisitAt)).toEqual([1000, 2000]);
});

test("flush() during a flush writes the visits that were noted in between", async () => {
  const calls: Promise<void>[] = [];
  const { writes, tables } = table(() => {
    if (writes.length > 0) return;
    visits.note(session(2), APP, 1000);
    calls.push(visits.flush());
  });
  const visits = new Visits({ tables });
  visits.note(session(1), APP, 1000);
  await visits.flush();
  await Promise.all(calls);
  expect(writes.flat().map(({ id }) => id)).toEqual(["session-1", "session-2"]);
});

test("while the store refuses, no more than 65 536 visits wait", async () => {
  let isRefused = true;
  const { writes, tables } = table(() => {
    if (isRefused) throw new StoreError("closed", "away");
  });
  const visits = new Visits({ tables });
  for (let number = 0; number < 65_540; number += 1) visits.note(session(number), APP, 1000);
  // Those that wait are still moved forward.
  visits.note(session(7), APP, 2000);
  await visits.flush();
  isRefused = false;
  await visits.flush();
  expect(writes.flat()).toHaveLength(65_536);
  expect(writes.flat().find(({ id }) => id === "session-7")?.lastVisitAt).toBe(2000);
});
