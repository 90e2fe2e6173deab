import { expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import { StoreCheckFile } from "./store-check-notes.ts";

const ENDED = { begunAt: 1, endedAt: 2, report: null, failure: "no data" };

test("begin() and end() are seen by all processes of the folder", async () => {
  using temp = tempFolder();
  const [one, other] = [new StoreCheckFile(temp.path), new StoreCheckFile(temp.path)];
  expect(await other.read()).toEqual({ runningSince: null, last: null });
  await one.end(ENDED);
  const now = Date.now();
  await one.begin(now);
  expect(await other.read()).toEqual({ runningSince: now, last: ENDED });
  await one.end(ENDED);
  expect(await other.read()).toEqual({ runningSince: null, last: ENDED });
  expect(readdirSync(temp.path)).toEqual(["store-check.json"]);
});

test("read() shows no check of a process that died, and nothing of a file that is damaged", async () => {
  using temp = tempFolder();
  const file = join(temp.path, "store-check.json");
  const pid = Bun.spawnSync(["true"]).pid;
  writeFileSync(file, JSON.stringify({ running: { pid, at: Date.now() }, last: ENDED }));
  expect(await new StoreCheckFile(temp.path).read()).toEqual({ runningSince: null, last: ENDED });
  writeFileSync(file, '{"running":');
  expect(await new StoreCheckFile(temp.path).read()).toEqual({ runningSince: null, last: null });
});
