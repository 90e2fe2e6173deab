/** `waferd service` on images of machines; test/systemd has it with a systemd. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE } from "../harness/waferd.ts";
import { HOST, PACKING_LIMIT, type Packages, packages, run, VERSION } from "./made.ts";

// The executable is large, and the machine may be busy.
setDefaultTimeout(60_000);

let made: Packages;
beforeAll(async () => {
  made = await packages();
}, PACKING_LIMIT);

const UNIT = "etc/systemd/system/waferd.service";

/** Makes an image of a machine with the executable. */
function image(folder: string, conf?: string): { waferd: string; prefix: string } {
  const bin = join(folder, "usr/local/bin");
  mkdirSync(bin, { recursive: true });
  copyFileSync(EXECUTABLE, join(bin, "waferd"));
  if (conf !== undefined) {
    mkdirSync(join(folder, "etc/waferd"), { recursive: true });
    writeFileSync(join(folder, "etc/waferd/app.conf"), conf);
  }
  return { waferd: join(bin, "waferd"), prefix: folder };
}

test("service install --prefix writes unit and configuration, and uninstall removes the unit only", () => {
  using folder = tempFolder();
  const { waferd, prefix } = image(folder.path);
  const install = run([waferd, "service", "install", "--prefix", prefix]);
  expect(install.output).toContain(`wrote /etc/waferd/app.conf, with every option at its default`);
  expect(install.status).toBe(0);
  const unit = readFileSync(join(prefix, UNIT), "utf8");
  expect(unit).toContain("\nExecStart=/usr/local/bin/waferd serve --config /etc/waferd/app.conf\n");
  expect(unit).not.toContain("ReadWritePaths");
  expect(statSync(join(prefix, "etc/waferd/app.conf")).mode & 0o777).toBe(0o640);
  const check = run([waferd, "config", "check", "--config", join(prefix, "etc/waferd/app.conf")]);
  expect(check.output).toBe("the configuration is right\n");

  const packaged = run([
    "tar",
    "-xzOf",
    made.path(".tar.gz"),
    `waferd-${VERSION}-${HOST?.name}/waferd.service`,
  ]);
  expect(unit).toBe(`# Made by waferd service install.\n${packaged.output}`);

  expect(run([waferd, "service", "install", "--prefix", prefix]).status).toBe(0);
  expect(run([waferd, "service", "uninstall", "--prefix", prefix])).toMatchObject({
    status: 0,
    output: expect.stringMatching(/^removed .*\/waferd.service; these stay: \/var\/lib\/waferd,/),
  });
  expect(existsSync(join(prefix, UNIT))).toBe(false);
  expect(existsSync(join(prefix, "etc/waferd/app.conf"))).toBe(true);
  expect(run([waferd, "service", "uninstall", "--prefix", prefix]).output).toContain(
    "nothing to do",
  );
});

test("service install --print adapts the unit to a data folder elsewhere, a port below 1024, and a name with a space", () => {
  using folder = tempFolder();
  const { waferd, prefix } = image(
    folder.path,
    "data_dir = /srv/my waferd\nlog.file = /srv/logs/waferd.log\nbackup.dir = /backup\nhttpport = 443\n",
  );
  const { output } = run([waferd, "service", "install", "--print", "--prefix", prefix]);
  expect(output).toContain('\nReadWritePaths="/srv/my waferd" /srv/logs /backup\n');
  expect(output).toContain("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n");
  expect(output).not.toContain("PrivateUsers");
  expect(existsSync(join(prefix, UNIT))).toBe(false);
});

test.each([
  { conf: "httpport = x", args: [], message: /app.conf:1 must be a whole number/ },
  { conf: "data_dir = /srv/100%", args: [], message: /\/srv\/100% cannot be written in a unit/ },
  {
    conf: "",
    args: ["--config", "/etc/nowhere.conf"],
    message: /the configuration .*\/etc\/nowhere.conf does not exist/,
  },
])("service install refuses the configuration '$conf' with $args", ({ conf, args, message }) => {
  using folder = tempFolder();
  const { waferd, prefix } = image(folder.path, conf);
  const { status, output } = run([waferd, "service", "install", "--prefix", prefix, ...args]);
  expect(output).toMatch(message);
  expect(status).toBe(1);
  expect(existsSync(join(prefix, UNIT))).toBe(false);
});

test("service install and uninstall leave the units of the package and of others alone", () => {
  using folder = tempFolder();
  const { waferd, prefix } = image(folder.path);
  mkdirSync(join(prefix, "etc/systemd/system"), { recursive: true });
  writeFileSync(join(prefix, UNIT), "[Service]\n");
  for (const verb of ["install", "uninstall"])
    expect(run([waferd, "service", verb, "--prefix", prefix]).output).toContain(
      "was not made by waferd service install",
    );
  mkdirSync(join(prefix, "lib/systemd/system"), { recursive: true });
  writeFileSync(join(prefix, "lib/systemd/system/waferd.service"), "[Service]\n");
  for (const verb of ["install", "uninstall"])
    expect(run([waferd, "service", verb, "--prefix", prefix]).output).toContain(
      "belongs to the package",
    );
});
