import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openFrom } from "../../test/harness/import-source.ts";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import type { Store } from "../core/store.ts";
import { exportFrom } from "../core/transfer/export.ts";
import { type ImportReport, importFrom } from "../core/transfer/import.ts";
import { NO_RECORDS } from "../core/transfer/known-records.ts";
import type { Moved } from "../core/transfer/transfer.ts";
import { openLmdbStore } from "../store/lmdb/driver.ts";
import { exportEnd, exportHeader, exportLine } from "./export-line.ts";
import { NOW, OPTIONS } from "./fixtures/samples.ts";

const clock = { now: () => NOW, sleep: async () => undefined };

const take = async (from: string, store: Store): Promise<ImportReport> =>
  importFrom(await openFrom(from, OPTIONS), {
    ...{ store, clock, dryRun: false },
    onProgress: () => undefined,
    onUnreadable: () => undefined,
  });

function refuse(flaw: string): void {
  throw new Error(flaw);
}

async function recordsOf(store: Store): Promise<Moved[]> {
  const records: Moved[] = [];
  for await (const portion of exportFrom(store, refuse)) records.push(...portion);
  return records;
}

test.each(["php", "go", "scf", "django", "wxapp"])(
  "data of %s is the same after import, export and import; a second import changes nothing",
  async (dump) => {
    using folder = tempFolder();
    const path = join(import.meta.dir, "fixtures", `${dump}.sql`);
    const open = (name: string) =>
      openLmdbStore({ dataDir: join(folder.path, name), masterKey: null, sandbox: false });
    const [first, second] = [await open("first"), await open("second")];
    const { counts, unreadable } = await take(path, first);
    expect(counts.app.added).toBeGreaterThan(0);
    expect(counts.session.added).toBeGreaterThan(0);
    const again = await take(path, first);
    expect([again.counts.app.added, again.counts.session.added, again.unreadable]).toEqual([
      0,
      0,
      unreadable,
    ]);

    const records = await recordsOf(first);
    const lines = records.map((record) => exportLine(record, OPTIONS.sealer));
    const file = join(folder.path, "export.jsonl");
    writeFileSync(
      file,
      [exportHeader(NOW, OPTIONS.sealer), ...lines, exportEnd(lines.length)].join("\n"),
    );
    expect((await take(file, second)).unreadable).toBe(0);
    expect(await recordsOf(second)).toEqual(records);
    await Promise.all([first.close(), second.close()]);
  },
);

test("a dry run against a store that is not made yet counts every record as new", async () => {
  const path = join(import.meta.dir, "fixtures", "scf.sql");
  const { counts } = await importFrom(await openFrom(path, OPTIONS), {
    ...{ store: NO_RECORDS, clock, dryRun: true },
    onProgress: () => undefined,
    onUnreadable: () => undefined,
  });
  for (const kind of ["app", "agent", "credential", "session"] as const) {
    expect(counts[kind].added).toBeGreaterThan(0);
    expect([counts[kind].replaced, counts[kind].unchanged]).toEqual([0, 0]);
  }
  expect(await NO_RECORDS.audit.list({ limit: 1 })).toEqual({ items: [], next: null });
});
