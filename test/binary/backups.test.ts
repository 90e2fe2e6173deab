/** Backups that a server makes: by schedule and by the REST API. */
import { expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Api } from "../harness/api.ts";
import { runCommand } from "../harness/command.ts";
import { childrenOf, isRunning } from "../harness/processes.ts";
import { APP, startProduction } from "../harness/production.ts";
import { testStore } from "../harness/stores/store.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";

const NAME = /^waferd-\d{6}-\d{8}T\d{6}Z$/;

async function start(args: readonly string[] = []) {
  const production = await startProduction({ args });
  const { waferd, adminKey } = production;
  const api = await Api.of(waferd);
  const call = (method: string, path = "") =>
    api.call(method, `/backups${path}`, { key: adminKey });
  const download = (name: string) =>
    fetch(`${waferd.url}/api/v1/backups/${name}`, {
      headers: { Authorization: `Bearer ${adminKey}` },
    });
  return {
    ...{ production, waferd, call, download },
    folder: join(waferd.dataDir, "backups"),
    [Symbol.asyncDispose]: () => production[Symbol.asyncDispose](),
  };
}

/** Tells whether a process copies for a backup. */
function isCopier(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("backup-copy");
  } catch {
    return false;
  }
}

const isEmbedded = !testStore.takesSeveralServers;

test.if(isEmbedded)(
  "a downloaded backup is restored from its file, and has no keys",
  async () => {
    await using server = await start();
    const { production, waferd, call, download, folder } = server;
    const { id, skey } = (await production.login(production.user("alice"))).returnData;
    const made = await call("POST");
    expect(made.status).toBe(201);
    const { name, bytes } = made.body;
    expect(made.headers.get("location")).toBe(`/api/v1/backups/${name}`);
    expect((await call("GET")).body).toMatchObject({
      items: [{ name, bytes, whole: true }],
      ...{ folder, everySeconds: null, nextAt: null, runningSince: null, lastFailure: null },
      advice: null,
    });
    expect(readdirSync(join(folder, name))).toEqual(["data.mdb"]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o700);

    const answer = await download(name);
    expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${name}.mdb"`);
    expect(answer.headers.get("content-length")).toBe(String(bytes));
    using temp = tempFolder();
    const [file, restored] = [join(temp.path, "downloaded.mdb"), join(temp.path, "data")];
    writeFileSync(file, await answer.bytes());
    // As on a new machine, with what docs/stores.md tells to keep.
    mkdirSync(restored, { mode: 0o700 });
    copyFileSync(join(waferd.dataDir, "master.key"), join(restored, "master.key"));
    const ran = await runCommand(["restore", "--from", file, "--data-dir", restored]);
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringContaining("nothing is wrong") });
    await using again = await Waferd.start({ dataDir: restored });
    const checked = await again.call("qcloud.cam.auth", { id, skey }, { appid: APP.appid });
    expect(checked.returnCode).toBe(0);

    truncateSync(file, bytes - 4096);
    const cut = await runCommand(["restore", "--from", file, "--data-dir", join(temp.path, "cut")]);
    expect(cut).toMatchObject({ status: 1, stderr: expect.stringContaining("not a whole backup") });
    expect(existsSync(join(temp.path, "cut"))).toBe(false);
  },
  60_000,
);

const masterKeyOf = ({ dataDir }: Waferd): Promise<string> =>
  Bun.file(join(dataDir, "master.key"))
    .text()
    .then((text) => text.trim());

test.if(isEmbedded)(
  "the schedule makes a backup at the start, in one worker",
  async () => {
    await using server = await start(["--backup-every", "12h", "--workers", "2"]);
    const { call } = server;
    await until(async () => (await call("GET")).body.items.length > 0);
    const { items, nextAt } = (await call("GET")).body;
    expect(items).toEqual([{ ...items[0], name: expect.stringMatching(NAME), whole: true }]);
    expect(Date.parse(nextAt) - Date.parse(items[0].at)).toBe(12 * 3600 * 1000);
  },
  60_000,
);

test.if(isEmbedded)(
  "one backup is made at a time by all workers, and each worker lists it",
  async () => {
    await using server = await start(["--workers", "2"]);
    const { call, folder } = server;
    const answers = await Promise.all(Array.from({ length: 8 }, () => call("POST")));
    const [made, ...others] = answers.filter(({ status }) => status === 201);
    expect(others).toEqual([]);
    for (const { status, body } of answers)
      if (status !== 201) expect(body).toMatchObject({ status: 409, code: "backupRunning" });
    expect(readdirSync(folder)).toEqual([made?.body.name]);
    for (let round = 0; round < 8; round += 1)
      expect((await call("GET")).body.items).toEqual([made?.body]);
  },
  60_000,
);

test.if(isEmbedded)(
  "a server that is killed while it makes a backup leaves none",
  async () => {
    await using server = await start();
    const { waferd, call, folder } = server;
    const copying = call("POST").catch(() => null);
    let copier: number | undefined;
    await until(() => {
      copier = [waferd.pid, ...waferd.workers].flatMap(childrenOf).find(isCopier);
      return copier !== undefined;
    });
    const pid = Number(copier);
    process.kill(pid, "SIGSTOP");
    waferd.signal("SIGKILL");
    await waferd.exited();
    await copying;
    // Whether or not it asked to be killed with its parent by then.
    process.kill(pid, "SIGCONT");
    await until(() => !isRunning(pid));
    const left = readdirSync(folder);
    expect(left.filter((name) => !name.startsWith("partial-"))).toEqual([]);
    await using again = await Waferd.start({ dataDir: waferd.dataDir });
    const api = await Api.of(again);
    const listed = await api.call("GET", "/backups", { key: again.adminKey });
    expect(listed.body).toMatchObject({ items: [], runningSince: null });
    // The lease of the one that was killed lasts for a while.
    expect((await api.call("POST", "/backups", { key: again.adminKey })).body).toMatchObject({
      code: "backupRunning",
    });
  },
  60_000,
);

test.if(isEmbedded)(
  "a backup that fails is told, and harms nothing",
  async () => {
    await using server = await start();
    const { production, waferd, call, folder } = server;
    const { name } = (await call("POST")).body;
    waferd.fillDisk();
    expect((await call("POST")).body).toMatchObject({ status: 503, code: "storeFailed" });
    waferd.freeDisk();
    const data = join(waferd.dataDir, "data.mdb");
    renameSync(data, `${data}.away`);
    const failed = await call("POST");
    renameSync(`${data}.away`, data);
    expect(failed.body).toMatchObject({ status: 503, code: "backupFailed" });
    expect(failed.body.detail).toContain("data.mdb");
    const { items, lastFailure } = (await call("GET")).body;
    expect(items).toMatchObject([{ name, whole: true }]);
    expect([lastFailure.reason, readdirSync(folder)]).toEqual([failed.body.detail, [name]]);
    await waferd.logged(({ level, msg }) => level === "error" && msg === "a backup failed");
    expect((await production.login(production.user("bob"))).returnCode).toBe(0);
    expect((await call("POST")).status).toBe(201);
    expect((await call("GET")).body.lastFailure).toBeNull();
  },
  60_000,
);

test.if(isEmbedded)("the copying process says why it failed", async () => {
  using temp = tempFolder();
  const to = join(temp.path, "copy");
  const ran = await runCommand(["backup-copy", "lmdb", temp.path, to]);
  expect(ran).toMatchObject({ status: 1, stderr: expect.stringMatching(/^waferd: .*no data/) });
  expect(existsSync(to)).toBe(false);
});

test.if(isEmbedded)(
  "a damaged backup is listed as damaged, and is removed",
  async () => {
    await using server = await start();
    const { waferd, call, folder } = server;
    const { name, bytes } = (await call("POST")).body;
    truncateSync(join(folder, name, "data.mdb"), bytes - 4096);
    expect((await call("GET")).body.items).toMatchObject([{ name, whole: false }]);
    const listed = await runCommand(["backup", "list", "--data-dir", waferd.dataDir]);
    expect(listed.stdout).toContain(name);
    expect(listed.stdout).toContain("damaged");
    expect(listed.stderr).toContain("no schedule: set backup.every");
    const { stdout } = await runCommand(["backup", "list", "--json", "--data-dir", waferd.dataDir]);
    expect(JSON.parse(stdout)).toEqual((await call("GET")).body);
    expect((await call("DELETE", `/${name}`)).status).toBe(204);
    expect((await call("DELETE", `/${name}`)).body).toMatchObject({ code: "backupNotFound" });
    expect(readdirSync(folder)).toEqual([]);
  },
  60_000,
);

test.if(isEmbedded)(
  "no name of a backup leads to another file",
  async () => {
    await using server = await start();
    const { waferd, download } = server;
    for (const name of [
      "..%2fmaster.key",
      "%2e%2e",
      "waferd-000012-20260101T000000Z%2f..%2f..%2fmaster.key",
      "waferd-000012-20260101T000000Z%00",
      "master.key",
    ]) {
      const answer = await download(name);
      expect([400, 404]).toContain(answer.status);
      expect(await answer.text()).not.toContain(await masterKeyOf(waferd));
    }
    expect((await download("waferd-000012-20260101T000000Z")).status).toBe(404);
  },
  30_000,
);

test.if(isEmbedded)(
  "a backup.dir that cannot be made is told as the failure",
  async () => {
    using temp = tempFolder();
    const file = join(temp.path, "file");
    writeFileSync(file, "");
    await using server = await start(["--backup-every", "1d", "--backup-dir", join(file, "below")]);
    const { call, waferd } = server;
    await waferd.logged(({ msg }) => msg === "a backup failed");
    expect((await call("GET")).body).toMatchObject({ status: 503, code: "backupFailed" });
    rmSync(file);
    const made = await call("POST");
    expect(made.status).toBe(201);
  },
  30_000,
);

test.if(!isEmbedded)(
  "a shared store names the tools that back it up",
  async () => {
    await using server = await start();
    const { call } = server;
    const { status, body } = await call("GET");
    expect([status, body.items, body.folder]).toEqual([200, [], null]);
    expect(body.advice).toContain("waferd export");
    expect((await call("POST")).body).toMatchObject({
      ...{ status: 409, code: "backupElsewhere", detail: body.advice },
    });
  },
  30_000,
);
