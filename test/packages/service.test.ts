/** `waferd service`, and the unit that it has in common with the packages. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE } from "../harness/waferd.ts";
import { Machine } from "./machine.ts";
import { HOST, PACKING_LIMIT, type Packages, packages, run, VERSION } from "./made.ts";

// The executable is large, and the machine may be busy.
setDefaultTimeout(60_000);

let made: Packages;
beforeAll(async () => {
  made = await packages();
}, PACKING_LIMIT);

const asRoot = test.skipIf(process.getuid?.() !== 0);
const UNIT = "etc/systemd/system/waferd.service";

/** An image of a machine, with the executable in it. */
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

test("the unit in the tar.gz is one that systemd understands, and exposes less than 2.0 of 10", () => {
  using folder = tempFolder();
  const name = `waferd-${VERSION}-${HOST?.name}/waferd.service`;
  run(["tar", "-xzf", made.path(".tar.gz"), "-C", folder.path, "--strip-components=1", name]);
  const unit = join(folder.path, "waferd.service");
  const analysis = run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit]);
  const exposure = /Overall exposure level for waferd.service: ([\d.]+)/.exec(analysis.output)?.[1];
  expect(Number(exposure)).toBeLessThan(2);
  // It wants to see the program that the unit starts.
  writeFileSync(unit, readFileSync(unit, "utf8").replace("/usr/local/bin/waferd", EXECUTABLE));
  expect(run(["systemd-analyze", "verify", "--man=no", unit])).toEqual({ status: 0, output: "" });
});

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
  expect(run([waferd, "service", "uninstall", "--prefix", prefix]).output).toContain("nothing to do");
});

test("the unit follows the configuration: a data folder elsewhere, a port below 1024, a name with a space", () => {
  using folder = tempFolder();
  const { waferd, prefix } = image(
    folder.path,
    "data_dir = /srv/my waferd\nlog.file = /srv/logs/waferd.log\nhttpport = 443\n",
  );
  const { output } = run([waferd, "service", "install", "--print", "--prefix", prefix]);
  expect(output).toContain('\nReadWritePaths="/srv/my waferd" /srv/logs\n');
  expect(output).toContain("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n");
  expect(output).not.toContain("PrivateUsers");
  expect(existsSync(join(prefix, UNIT))).toBe(false);
});

test.each<[conf: string, args: string[], message: RegExp]>([
  ["httpport = x", [], /app.conf:1 must be a whole number/],
  ["data_dir = /srv/100%", [], /\/srv\/100% cannot be written in a unit/],
  ["", ["--config", "/etc/nowhere.conf"], /the configuration .*\/etc\/nowhere.conf does not exist/],
])("service install with %j %j is refused", (conf, args, message) => {
  using folder = tempFolder();
  const { waferd, prefix } = image(folder.path, conf);
  const { status, output } = run([waferd, "service", "install", "--prefix", prefix, ...args]);
  expect(output).toMatch(message);
  expect(status).toBe(1);
  expect(existsSync(join(prefix, UNIT))).toBe(false);
});

test("a unit of the package's, or of somebody else's, is left alone", () => {
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
    expect(run([waferd, "service", verb, "--prefix", prefix]).output).toContain("belongs to the package");
});

asRoot(
  "on a machine with systemd install starts the service, and uninstall leaves the data",
  async () => {
    await using machine = await Machine.start(made.folder, "systemd");
    const unpack = `tar -xzf /packages/waferd-${VERSION}-${HOST?.name}.tar.gz -C /tmp --strip-components=1`;
    machine.ok(unpack);
    expect(machine.run("/tmp/waferd service install").output).toContain("the service cannot see /tmp/waferd");
    machine.ok("cp /tmp/waferd /usr/local/bin/");
    expect(
      machine.run("setpriv --reuid nobody --regid nogroup --clear-groups waferd service install").output,
    ).toContain("needs root: run it with sudo");
    expect(machine.ok("waferd service install")).toContain("the service runs, and starts at every boot");
    await machine.until("curl -sSf -o /dev/null http://127.0.0.1:8888/docs");
    expect(machine.ok("systemctl is-enabled waferd")).toBe("enabled\n");
    // Installed anew it runs with the new configuration.
    machine.ok("sed -i 's/^#httpport = .*/httpport = 443/' /etc/waferd/app.conf");
    machine.ok("waferd service install");
    await machine.until("curl -sSf -o /dev/null http://127.0.0.1:443/docs");
    machine.ok("chmod 600 /etc/waferd/app.conf");
    machine.ok("chgrp root /etc/waferd/app.conf");
    expect(machine.run("waferd service install").output).toContain("the service cannot read");
    expect(machine.ok("waferd service uninstall")).toContain("these stay");
    expect(machine.run("systemctl is-active waferd").output).toBe("inactive\n");
    machine.ok("test -f /var/lib/waferd/master.key");
  },
  60_000,
);
