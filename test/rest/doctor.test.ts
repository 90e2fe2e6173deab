/** GET /api/v1/server/doctor: what a server finds about itself. */
import { expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { Api } from "../harness/api.ts";
import { runCommand } from "../harness/command.ts";
import { Waferd } from "../harness/waferd.ts";

interface Found {
  name: string;
  state: string;
  en: { message: string; todo: string | null };
  zh: { message: string; todo: string | null };
}

test("GET /server/doctor has the faults first, in both languages, as waferd doctor has them", async () => {
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const api = await Api.of(waferd);
  const find = async (): Promise<Found[]> =>
    (await api.call("GET", "/server/doctor", { key: waferd.adminKey })).body.items;
  const healthy = await find();
  expect(healthy.filter(({ state }) => state === "fail")).toEqual([]);
  chmodSync(join(waferd.dataDir, "admin.key"), 0o644);
  const items = await find();
  const ranks = items.map(({ state }) => ["fail", "warn", "ok"].indexOf(state));
  expect(ranks).toEqual([...ranks].sort());
  const [worst] = items;
  expect([worst?.name, worst?.state]).toEqual(["keys", "fail"]);
  expect(worst?.en.message).toContain("others can read");
  expect(worst?.zh.message).toContain("其他用户可以读取");
  for (const { state, en, zh } of items) {
    expect(zh.message).toMatch(/\p{Script=Han}/u);
    expect([en.todo === null, zh.todo === null]).toEqual([state === "ok", state === "ok"]);
  }
  const names = items.map(({ name }) => name);
  for (const name of ["configuration", "data folder", "disk", "keys", "open files", "store"])
    expect(names).toContain(name);
  const { stdout } = await runCommand(["doctor", "--json", "--data-dir", waferd.dataDir]);
  const { checks } = JSON.parse(stdout) as { checks: { message: string }[] };
  const told = checks.map(({ message }) => message);
  for (const { name, en } of items)
    if (["data folder", "keys", "open files"].includes(name)) expect(told).toContain(en.message);
}, 60_000);
