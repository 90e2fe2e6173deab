/** Whose files a data folder has, and what serve does with those that are lost or another's. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { open as openLmdb } from "lmdb";
import { executableOfStranger, IS_ROOT, STRANGER } from "../harness/as-user.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { EXECUTABLE, Waferd } from "../harness/waferd.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

const FILES = ["admin.key", "master.key", "data.mdb", "lock.mdb"];

let folder: ReturnType<typeof tempFolder>;
/** A data folder with an app, which no server has. */
let original: string;
let copies = 0;

beforeAll(async () => {
  folder = tempFolder();
  original = join(folder.path, "original");
  await using waferd = await Waferd.start({ dataDir: original });
  await waferd.call("qcloud.cam.initapp", { appid: "wx1", secret: "the-secret-of-wx1" });
});
afterAll(() => folder[Symbol.dispose]());

/** Copies the data folder. */
function copied(): string {
  copies += 1;
  const path = join(folder.path, `copy-${copies}`);
  cpSync(original, path, { recursive: true, preserveTimestamps: true });
  chmodSync(path, 0o700);
  for (const name of FILES) chmodSync(join(path, name), 0o600);
  return path;
}

function run(args: readonly string[], command: readonly string[] = [EXECUTABLE]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command, ...args], {
    env: { PATH: "/usr/bin:/bin" },
    timeout: 30_000,
  });
  return { status: exitCode, out: stdout.toString(), err: stderr.toString() };
}

const serve = (dataDir: string, ...args: string[]) =>
  run(["serve", "--port", "0", "--data-dir", dataDir, ...args]);

interface Refused {
  what: string;
  change(path: string): void;
  told: RegExp;
}

const refused: Refused[] = [
  {
    what: "an admin.key of another user",
    change: (path) => chownSync(join(path, "admin.key"), STRANGER, STRANGER),
    told: /admin.key belongs to uid 54321, and its folder to uid 0: .*chown 0 \//,
  },
  {
    what: "a data.mdb of another user",
    change: (path) => chownSync(join(path, "data.mdb"), STRANGER, STRANGER),
    told: /data.mdb belongs to uid 54321, and its folder to uid 0/,
  },
  {
    what: "a symbolic link master.key",
    change(path) {
      renameSync(join(path, "master.key"), join(path, "elsewhere"));
      symlinkSync(join(path, "elsewhere"), join(path, "master.key"));
    },
    told: /master.key is a symbolic link: put the file itself there/,
  },
  {
    what: "a pipe admin.key",
    change(path) {
      rmSync(join(path, "admin.key"));
      Bun.spawnSync(["mkfifo", join(path, "admin.key")]);
    },
    told: /admin.key is not a file: move it away/,
  },
  {
    what: "the folder of another user",
    change: (path) => chownSync(path, STRANGER, STRANGER),
    told: /belongs to uid 54321, and this process runs as uid 0: run the server as that user, chown/,
  },
  {
    what: "a folder that the group may write",
    change: (path) => chmodSync(path, 0o770),
    told: /others may write to .* \(mode 770\): .*chmod go-w/,
  },
  {
    what: "an admin.key that the group may write",
    change: (path) => chmodSync(join(path, "admin.key"), 0o620),
    told: /others may write to .*admin.key \(mode 620\): .*chmod go-w/,
  },
  {
    what: "a data.mdb that others can reach and write",
    change(path) {
      chmodSync(path, 0o711);
      chmodSync(join(path, "data.mdb"), 0o606);
    },
    told: /others may write to .*data.mdb \(mode 606\): .*chmod 600/,
  },
  {
    what: "a missing data.mdb",
    change: (path) => rmSync(join(path, "data.mdb")),
    told: /data.mdb is missing, and admin.key, master.key, and lock.mdb beside it belong to data that was there: .*waferd restore.*remove admin.key, master.key, and lock.mdb from it/,
  },
  {
    what: "a missing data.mdb beside master.key alone",
    change(path) {
      for (const name of ["data.mdb", "admin.key"]) rmSync(join(path, name));
    },
    told: /data.mdb is missing, and master.key and lock.mdb beside it belong to data that was there/,
  },
  {
    what: "an empty data.mdb",
    change: (path) => truncateSync(join(path, "data.mdb"), 0),
    told: /data.mdb is empty, and .*remove data.mdb, admin.key, master.key, and lock.mdb from it/,
  },
  {
    what: "a new environment in place of data.mdb",
    change(path) {
      rmSync(join(path, "data.mdb"));
      rmSync(join(path, "lock.mdb"));
      void openLmdb({ path, noSubdir: false }).close();
      for (const name of ["data.mdb", "lock.mdb"]) chmodSync(join(path, name), 0o600);
    },
    told: /data.mdb is empty, and admin.key beside it belongs to data that was there/,
  },
  {
    what: "an empty admin.key",
    change: (path) => truncateSync(join(path, "admin.key"), 0),
    told: /the admin key in .* has the wrong form/,
  },
  {
    what: "an empty master.key",
    change: (path) => truncateSync(join(path, "master.key"), 0),
    told: /the master key in .* has the wrong form: .*Put back the key/,
  },
  {
    what: "a missing master.key",
    change: (path) => rmSync(join(path, "master.key")),
    told: /master.key is missing, and the data .* is sealed with it/,
  },
];

test.skipIf(!IS_ROOT)("serve refuses files of others and lost data, and says what to do", () => {
  for (const { what, change, told } of refused) {
    const path = copied();
    change(path);
    const before = readdirSync(path).sort();
    const { status, err } = serve(path);
    expect(err, what).toMatch(told);
    expect(err, what).toMatch(/^waferd: .*\n$/);
    expect(status, what).toBe(1);
    expect(
      readdirSync(path)
        .sort()
        .filter((name) => name !== "run"),
      what,
    ).toEqual(before.filter((name) => name !== "run"));
    rmSync(path, { recursive: true, force: true });
  }
});

test.each(["missing", "empty"])("serve with configured keys refuses a %s data.mdb", (state) => {
  const path = copied();
  for (const name of ["admin.key", "master.key"]) rmSync(join(path, name));
  if (state === "missing") rmSync(join(path, "data.mdb"));
  else truncateSync(join(path, "data.mdb"), 0);
  const keys = [`WAFERD_ADMIN_KEY=${"a".repeat(40)}`, `WAFERD_MASTER_KEY=${"ab".repeat(32)}`];
  const { status, err } = run(
    ["serve", "--port", "0", "--data-dir", path],
    ["/usr/bin/env", ...keys, EXECUTABLE],
  );
  expect(err).toMatch(
    new RegExp(`data.mdb is ${state}, and lock.mdb beside it belongs to data that was there`),
  );
  expect(status).toBe(1);
});

test.skipIf(!IS_ROOT)("serve on a shared store refuses keys of another user too", () => {
  const path = copied();
  chownSync(join(path, "master.key"), STRANGER, STRANGER);
  expect(serve(path, "--store", "redis://127.0.0.1:1/0").err).toMatch(/master.key belongs to uid/);
});

test("serve takes the rights of others away from its keys and database, and logs it", async () => {
  const path = copied();
  chmodSync(path, 0o755);
  for (const name of ["admin.key", "master.key"]) chmodSync(join(path, name), 0o644);
  chmodSync(join(path, "data.mdb"), 0o644);
  chmodSync(join(path, "lock.mdb"), 0o644);
  await using waferd = await Waferd.start({ dataDir: path });
  for (const name of FILES) {
    expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
    expect(await waferd.logged((line) => line["path"] === join(path, name))).toMatchObject({
      level: "warn",
      msg: "others had rights on this file: it is 0600 now",
    });
  }
});

test.each<{ what: string; make(path: string): void }>([
  { what: "nothing was made", make: () => undefined },
  {
    what: "data.mdb was made and not written",
    make: (path) => writeFileSync(join(path, "data.mdb"), "", { mode: 0o600 }),
  },
  {
    what: "master.key was made",
    make(path) {
      void openLmdb({ path, noSubdir: false }).close();
      for (const name of ["data.mdb", "lock.mdb"]) chmodSync(join(path, name), 0o600);
      cpSync(join(original, "master.key"), join(path, "master.key"));
    },
  },
  {
    what: "the data was written",
    make(path) {
      cpSync(original, path, { recursive: true });
      rmSync(join(path, "admin.key"));
    },
  },
])("serve goes on after a first start that crashed when $what", async ({ make }) => {
  using at = tempFolder();
  const dataDir = join(at.path, "data");
  mkdirSync(dataDir, { mode: 0o700 });
  make(dataDir);
  await using waferd = await Waferd.start({ dataDir });
  expect(waferd.adminKey).toStartWith("waferd_admin_");
  for (const name of FILES) expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);
});

test.skipIf(!IS_ROOT)(
  "commands of root on the folder of a user reach its server, and make no file of root's",
  async () => {
    const stranger = executableOfStranger(folder.path);
    const path = copied();
    const owned = () =>
      ["", ...readdirSync(path, { recursive: true })].map(
        (name) => `${name}: ${statSync(join(path, String(name))).uid}`,
      );
    const all = () => expect(owned().filter((line) => !line.endsWith(`: ${STRANGER}`))).toEqual([]);
    Bun.spawnSync(["chown", "-R", `${STRANGER}:${STRANGER}`, path]);
    const add = (appid: string, ...flags: string[]) =>
      Bun.spawnSync([EXECUTABLE, "app", "add", appid, "--force", "--secret-stdin", ...flags], {
        env: { PATH: "/usr/bin:/bin" },
        stdin: new Blob([`the-secret-of-${appid}`]),
      });
    // Without a server.
    expect(add("wx2", "--data-dir", path).exitCode).toBe(0);
    expect(run(["store", "compact", "--data-dir", path]).status).toBe(0);
    all();
    const server = Bun.spawn([...stranger, "serve", "--port", "0", "--data-dir", path], {
      env: { PATH: "/usr/bin:/bin" },
      stdout: "ignore",
      stderr: "ignore",
    });
    const isRunning = () => run(["status", "--data-dir", path]).out.includes(`server  `);
    await until(() => isRunning() && run(["status", "--data-dir", path]).status === 0, 30_000);
    expect(add("wx3", "--data-dir", path).exitCode).toBe(0);
    expect(run(["app", "list", "--data-dir", path]).out).toMatch(/^wx1 (.*\n)+wx2 (.*\n)+wx3 /m);
    // Another user reaches nothing.
    expect(run(["app", "list", "--data-dir", original], stranger)).toMatchObject({
      status: 1,
      err: expect.stringContaining(
        "belongs to uid 0, and this process runs as uid 54321: run this",
      ),
    });
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
    all();
    // Commands that would make files are refused.
    const backup = join(folder.path, "backup");
    expect(run(["backup", "--data-dir", path, "--to", backup]).status).toBe(0);
    const fresh = join(folder.path, "fresh");
    mkdirSync(fresh, { mode: 0o700 });
    chownSync(fresh, STRANGER, STRANGER);
    const refusedAdd = add("wx4", "--data-dir", fresh);
    expect(refusedAdd.exitCode).toBe(1);
    expect(refusedAdd.stderr.toString()).toContain(
      "this command would make data.mdb there as root: run it as that user, sudo -u '#54321' waferd",
    );
    expect(existsSync(join(fresh, "data.mdb"))).toBe(false);
    // A copy is restored for the folder's owner.
    expect(run(["restore", "--from", backup, "--data-dir", fresh]).status).toBe(0);
    for (const name of ["data.mdb", "admin.key", "master.key"])
      expect(statSync(join(fresh, name)).uid).toBe(STRANGER);
  },
);

test.skipIf(!IS_ROOT)(
  "commands of root on the folder of a user do not follow the links that the user made there",
  () => {
    const [stranger, path] = [executableOfStranger(folder.path), copied()];
    const target = join(folder.path, "a-file-of-root");
    const isAsItWas = () => {
      expect(readFileSync(target, "utf8")).toBe("root's");
      expect(statSync(target)).toMatchObject({ uid: 0, gid: 0 });
    };
    writeFileSync(target, "root's", { mode: 0o600 });
    Bun.spawnSync(["chown", "-R", `${STRANGER}:${STRANGER}`, path]);
    expect(run(["store", "compact", "--data-dir", path], stranger)).toMatchObject({ status: 0 });
    const backup = join(folder.path, "copy-of-root");
    expect(run(["backup", "--data-dir", path, "--to", backup]).status).toBe(0);

    rmSync(join(path, "run", "server.lock"));
    symlinkSync(target, join(path, "run", "server.lock"));
    expect(run(["store", "compact", "--data-dir", path])).toMatchObject({
      status: 1,
      err: expect.stringMatching(/server.lock is not a file: move it away\n$/),
    });
    isAsItWas();

    const linked = [
      { name: "run/server.lock", status: 1 },
      { name: "data.mdb.new", status: 0 },
      { name: "master.key", status: 1 },
    ];
    for (const { name, status } of linked) {
      const fresh = join(folder.path, "linked");
      mkdirSync(join(fresh, "run"), { recursive: true, mode: 0o700 });
      symlinkSync(target, join(fresh, name));
      Bun.spawnSync(["chown", "-hR", `${STRANGER}:${STRANGER}`, fresh]);
      expect(run(["restore", "--from", backup, "--data-dir", fresh]).status, name).toBe(status);
      isAsItWas();
      rmSync(fresh, { recursive: true });
    }
  },
);
