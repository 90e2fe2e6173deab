/** The commands that move data into, out of and between stores. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { runCommand } from "../harness/command.ts";
import { exportedStore } from "../harness/exported-store.ts";
import { APP, type Production, startProduction } from "../harness/production.ts";
import { secretsIn } from "../harness/secrets.ts";
import { tamper } from "../harness/stores/tamper.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE, Waferd } from "../harness/waferd.ts";

/** Runs a command in its own folder; returns its output and status. */
function run(args: readonly string[], environment: Record<string, string> = {}) {
  using folder = tempFolder();
  const { stdout, stderr, exitCode } = Bun.spawnSync([EXECUTABLE, ...args], {
    cwd: folder.path,
    env: { PATH: "/usr/bin:/bin", ...environment },
  });
  return { out: stdout.toString(), err: stderr.toString(), status: exitCode };
}

const PHP_APPID = "wx00000000000000aa";
const sqlTime = (at: number): string =>
  new Date(at + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");

/** The beginning of a php server's dump: its one app, and the table of sessions without appids. */
const PHP_DUMP = `
CREATE TABLE \`cAppinfo\` (\`appid\` varchar(200) NOT NULL, \`secret\` varchar(300) NOT NULL,
  \`login_duration\` int DEFAULT '30', \`session_duration\` int DEFAULT '2592000', PRIMARY KEY (\`appid\`));
INSERT INTO \`cAppinfo\` VALUES ('${PHP_APPID}','the-secret-of-the-php-server',30,2592000);
CREATE TABLE \`cSessionInfo\` (\`id\` int NOT NULL AUTO_INCREMENT, \`uuid\` varchar(100) NOT NULL,
  \`skey\` varchar(100) NOT NULL, \`create_time\` datetime NOT NULL, \`last_visit_time\` datetime NOT NULL,
  \`open_id\` varchar(100) NOT NULL, \`session_key\` varchar(100) NOT NULL, \`user_info\` varchar(2048) NOT NULL,
  PRIMARY KEY (\`id\`));
`;

/** Returns a php server's dump with this many users; the profile of the first has an emoji. */
function phpDump(users: number): string {
  const info = Buffer.from('{"nickName":"爱丽丝 😀"}').toString("base64");
  const now = sqlTime(Date.now() - 60_000);
  const rows = Array.from(
    { length: users },
    (_, index) =>
      `(${100 + index},'id-${index}','skey-${index}','${now}','${now}','open-${index}','c2Vzc2lvbi1rZXktMTIzNA==','${index === 0 ? info : ""}')`,
  );
  return `${PHP_DUMP}INSERT INTO \`cSessionInfo\` VALUES ${rows.join(",")};\n`;
}

let folder: ReturnType<typeof tempFolder>;
let dump: string;
beforeAll(() => {
  folder = tempFolder();
  dump = join(folder.path, "php.sql");
  writeFileSync(dump, phpDump(50));
});
afterAll(() => folder[Symbol.dispose]());
const place = (name: string): string => join(folder.path, name);

test("import of a php server's dump keeps its users logged in; a dry run and a second run change nothing", async () => {
  const dataDir = place("php");
  const args = ["import", "--from", dump, "--data-dir", dataDir];
  expect(run([...args, "--dry-run"])).toMatchObject({
    status: 0,
    out: expect.stringContaining("sessions: 50 new"),
  });
  expect(existsSync(dataDir)).toBe(false);
  expect(run(args)).toMatchObject({
    status: 0,
    out: `imported from ${dump}:\n  apps: 1 new, 0 newer than here, 0 here already\n  sessions: 50 new, 0 newer than here, 0 here already\n  unreadable: 0\n`,
  });
  expect(run(args).out).toContain("sessions: 0 new, 0 newer than here, 50 here already");
  await using waferd = await Waferd.start({ dataDir });
  const proof = { id: "id-0", skey: "skey-0" };
  const answer = await waferd.call("qcloud.cam.auth", proof);
  expect(answer).toMatchObject({
    returnCode: 0,
    returnData: { appid: PHP_APPID, openid: "open-0", user_info: { nickName: "爱丽丝 😀" } },
  });
  expect(await waferd.call("qcloud.cam.auth", { ...proof, skey: "skey-1" })).toMatchObject({
    returnCode: 60012,
  });
});

test("import lists unreadable records with the reason and goes on; it refuses a wrong source", () => {
  const damaged = place("damaged.sql");
  writeFileSync(
    damaged,
    phpDump(5)
      .replace("'open-2'", "''")
      .replace(/'skey-3','[^']*'/, "'skey-3','0000-00-00 00:00:00'"),
  );
  const { out, err, status } = run(["import", "--from", damaged, "--data-dir", place("some")]);
  expect(status).toBe(8);
  expect(out).toMatch(/sessions: 3 new.*\n {2}unreadable: 2\n/);
  expect(err).toMatch(
    /left out: cSessionInfo row 102: .*\nleft out: cSessionInfo row 103: create_time .*\n/,
  );
  expect(run(["import", "--from", place("nowhere.sql")])).toMatchObject({ status: 1 });
  expect(run(["import"])).toMatchObject({ status: 2 });
  expect(run(["import", "--from", dump, "--appid", "a b"]).err).toContain(
    "--appid must be an appid",
  );
});

test("import of a gzip that is cut short takes what is whole, names the cut and ends with 8", () => {
  const cut = place("cut.sql.gz");
  const packed = gzipSync(phpDump(2000));
  for (const part of [0.2, 0.6, 0.99]) {
    writeFileSync(cut, packed.subarray(0, packed.length * part));
    const result = run(["import", "--from", cut, "--data-dir", place(`cut-${part}`)]);
    expect(result).toMatchObject({ status: 8, out: expect.stringContaining("  unreadable: 1\n") });
    expect(result.err).toContain("gzip: unexpected end of file): it was cut off");
    expect(result.err).not.toMatch(/^\s+at /m);
  }
});

test("import of the Django server's own dump takes its sessions and profiles, in the zone of --zone", async () => {
  const [dataDir, path] = [place("wxapp"), place("wxapp.sql")];
  const utc = new Date(Date.now() - 60_000).toISOString().slice(0, 19).replace("T", " ");
  writeFileSync(
    path,
    `CREATE TABLE wafer_appinfo (id int, title varchar(30), appid varchar(200), secret varchar(300),
       login_duration int, session_duration int);
     INSERT INTO wafer_appinfo VALUES (1,'wxapp','${PHP_APPID}','the-secret-of-wxapp',30,3600);
     CREATE TABLE wafer_sessioninfo (id int, uuid varchar(100), skey varchar(100), create_time datetime,
       last_vist_time datetime, open_id varchar(100), session_key varchar(100), user_info varchar(2048));
     INSERT INTO wafer_sessioninfo VALUES (1,'id-1','skey-1','${utc}','${utc}','open-1','a2V5','{u\\'nickName\\': u\\'\\\\u7231\\'}'),
       (2,'id-2','skey-2','${utc}','${utc}','open-2','a2V5','<cut');`,
  );
  const args = ["import", "--from", path, "--data-dir", dataDir, "--zone"];
  expect(run([...args, "8"]).err).toContain("--zone must be an offset such as +08:00");
  expect(run([...args, "+00:00"])).toMatchObject({
    status: 0,
    out: expect.stringMatching(/sessions: 2 new.*\n {2}incomplete: 1\n {2}unreadable: 0\n/),
    err: expect.stringContaining("incomplete: wafer_sessioninfo row 2: user_info"),
  });
  await using waferd = await Waferd.start({ dataDir });
  expect(await waferd.call("qcloud.cam.auth", { id: "id-1", skey: "skey-1" })).toMatchObject({
    returnCode: 0,
    returnData: { appid: PHP_APPID, user_info: { nickName: "爱" } },
  });
});

test("import of a source without records says so and ends with 8", () => {
  const none = place("none.sql");
  writeFileSync(none, PHP_DUMP.replace(/INSERT.*\n/, ""));
  for (const flags of [[], ["--dry-run"]])
    expect(run(["import", "--from", none, ...flags])).toMatchObject({
      status: 8,
      err: expect.stringContaining("nothing is imported"),
    });
});

test("import of an export, sealed or clear, makes the same store elsewhere", async () => {
  await using exported = await exportedStore(folder.path);
  const { sealed, clear, masterKey } = exported;
  expect(statSync(sealed).mode & 0o777).toBe(0o600);
  expect(secretsIn(readFileSync(sealed, "utf8"))).toEqual([]);
  expect(readFileSync(clear, "utf8")).toContain(APP.secret);
  const keyless = await runCommand(["import", "--from", sealed, "--data-dir", place("keyless")]);
  expect(keyless.stderr).toContain("is sealed with another master key");
  await exported.importInto({
    from: sealed,
    dataDir: place("sealed"),
    environment: { WAFERD_MASTER_KEY: masterKey },
  });
  await exported.importInto({ from: clear, dataDir: place("clear") });
}, 60_000);

/** Logs users in without a pause. */
function logIn(production: Production): {
  proofs: { id: string; skey: string }[];
  stop(): Promise<void>;
} {
  const proofs: { id: string; skey: string }[] = [];
  let running = true;
  let number = 0;
  const work = async (): Promise<void> => {
    while (running) {
      number += 1;
      const { id, skey } = (await production.login(production.user(`user-${number}`), true))
        .returnData;
      proofs.push({ id, skey });
    }
  };
  const workers = Array.from({ length: 4 }, work);
  return {
    proofs,
    async stop() {
      running = false;
      await Promise.all(workers);
    },
  };
}

test("restore of a backup under write load has every login that was acknowledged before", async () => {
  await using production = await startProduction();
  const { dataDir } = production.waferd;
  const load = logIn(production);
  while (load.proofs.length < 100) await Bun.sleep(5);
  const before = [...load.proofs];
  const backup = place("backup");
  const copied = Bun.spawn([EXECUTABLE, "backup", "--data-dir", dataDir, "--to", backup], {
    stdout: "pipe",
  });
  expect(await copied.exited).toBe(0);
  await load.stop();
  expect(load.proofs.length).toBeGreaterThan(before.length);
  expect(statSync(join(backup, "data.mdb")).mode & 0o777).toBe(0o600);

  expect(run(["restore", "--from", backup, "--data-dir", dataDir])).toMatchObject({
    status: 1,
    err: expect.stringContaining("holds data already, which is not overwritten"),
  });
  const restored = place("restored");
  const { out, status } = run(["restore", "--from", backup, "--data-dir", restored]);
  expect(status).toBe(0);
  expect(out).toMatch(/apps: 2\n.*nothing is wrong/s);
  await using again = await Waferd.start({ dataDir: restored });
  for (const proof of before)
    expect((await again.call("qcloud.cam.auth", { ...proof })).returnCode).toBe(0);
  expect(run(["backup", "--data-dir", dataDir, "--to", backup]).err).toContain("not empty");
}, 60_000);

test("backup --without-keys says so, and only the key opens the copy", () => {
  const [dataDir, backup] = [place("keyed"), place("without-keys")];
  run(["import", "--from", dump, "--data-dir", dataDir]);
  const made = run(["backup", "--data-dir", dataDir, "--to", backup, "--without-keys"]);
  expect(made.out).toContain("without master.key, which has to be kept elsewhere");
  expect(existsSync(join(backup, "master.key"))).toBe(false);
  expect(run(["store", "check", "--data-dir", backup]).err).toContain("master.key is missing");
  const key = readFileSync(join(dataDir, "master.key"), "utf8").trim();
  expect(run(["store", "check", "--data-dir", backup], { WAFERD_MASTER_KEY: key })).toMatchObject({
    status: 0,
  });
});

test("store check names every flaw, and ends with 1", async () => {
  const dataDir = place("damaged");
  run(["import", "--from", dump, "--data-dir", dataDir]);
  await tamper(dataDir, "sessions", "id-1", (record: object) => ({
    ...record,
    sessionKey: Buffer.alloc(40),
  }));
  await tamper(dataDir, "sessions", "id-2", (record: object) => ({ ...record, openid: "moved" }));
  await tamper(dataDir, "apps", PHP_APPID, (record: object) => ({ ...record, number: 9 }));
  const { err, status } = run(["store", "check", "--data-dir", dataDir]);
  expect(status).toBe(1);
  for (const flaw of [
    "session id-1: the sealed value at sessions:id-1:sessionKey does not open",
    "session id-2: it is not in the index by user",
    `app ${PHP_APPID}: it is not found by its number 9`,
    "the store has 4 flaws",
  ])
    expect(err).toContain(flaw);
  const json = run(["store", "check", "--json", "--data-dir", dataDir]);
  expect([json.status, json.err]).toEqual([1, ""]);
  expect(JSON.parse(json.out)).toMatchObject({
    flaws: 4,
    shown: expect.arrayContaining(["session id-2: it is not in the index by user"]),
    records: { apps: expect.any(Number), sessions: expect.any(Number) },
  });
  expect(run(["store", "check", "--data-dir", place("none")]).err).toContain("holds no data");
});

test("store compact makes the file smaller, and refuses while a server uses it", async () => {
  const dataDir = place("compacted");
  const many = place("many.sql");
  writeFileSync(many, phpDump(5000));
  run(["import", "--from", many, "--data-dir", dataDir]);
  rmSync(many);
  {
    await using waferd = await Waferd.start({ dataDir });
    await waferd.call("qcloud.cam.auth", { id: "id-1", skey: "skey-1" });
    const refused = run(["store", "compact", "--data-dir", dataDir]);
    expect(refused).toMatchObject({
      status: 1,
      err: expect.stringContaining(`process ${waferd.pid} serves`),
    });
    const removed = await fetch(`${waferd.url}/api/v1/apps/${PHP_APPID}`, {
      method: "DELETE",
      headers: { Authorization: `Bearer ${waferd.adminKey}` },
    });
    expect(removed.status).toBe(204);
  }
  const before = statSync(join(dataDir, "data.mdb")).size;
  expect(run(["store", "compact", "--data-dir", dataDir]).status).toBe(0);
  expect(statSync(join(dataDir, "data.mdb")).size).toBeLessThan(before / 2);
  expect(run(["store", "check", "--data-dir", dataDir]).out).toContain("nothing is wrong");
});

test("backup, restore and store compact of a shared store name the tools to use instead", () => {
  for (const args of [
    ["backup", "--to", "b"],
    ["restore", "--from", "b"],
    ["store", "compact"],
  ])
    expect(run([...args, "--store", "redis://127.0.0.1:1/0"]).err).toContain(
      "use its own RDB or AOF files",
    );
});
