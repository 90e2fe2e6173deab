/** The unit of the packages and `waferd service`, with a systemd. */
import { beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE } from "../harness/waferd.ts";
import { HOST, PACKING_LIMIT, type Packages, packages, run, VERSION } from "../packages/made.ts";
import { Machine } from "./machine.ts";

let made: Packages;
beforeAll(async () => {
  made = await packages();
}, PACKING_LIMIT);

test("systemd verifies the unit in the tar.gz, and rates its exposure below 2.0 of 10", () => {
  using folder = tempFolder();
  const name = `waferd-${VERSION}-${HOST?.name}/waferd.service`;
  run(["tar", "-xzf", made.path(".tar.gz"), "-C", folder.path, "--strip-components=1", name]);
  const unit = join(folder.path, "waferd.service");
  const analysis = run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit]);
  const exposure = /Overall exposure level for waferd.service: ([\d.]+)/.exec(analysis.output)?.[1];
  expect(Number(exposure)).toBeLessThan(2);
  // systemd-analyze checks that the program exists.
  writeFileSync(unit, readFileSync(unit, "utf8").replace("/usr/local/bin/waferd", EXECUTABLE));
  expect(run(["systemd-analyze", "verify", "--man=no", unit])).toEqual({ status: 0, output: "" });
});

test("service install starts the service, and uninstall leaves the data", async () => {
  await using machine = await Machine.start(made.folder, "systemd");
  const unpack = `tar -xzf /packages/waferd-${VERSION}-${HOST?.name}.tar.gz -C /tmp --strip-components=1`;
  machine.ok(unpack);
  expect(machine.run("/tmp/waferd service install").output).toContain(
    "the service cannot see /tmp/waferd",
  );
  machine.ok("cp /tmp/waferd /usr/local/bin/");
  expect(
    machine.run("setpriv --reuid nobody --regid nogroup --clear-groups waferd service install")
      .output,
  ).toContain("needs root: run it with sudo");
  expect(machine.ok("waferd service install")).toContain(
    "the service runs, and starts at every boot",
  );
  await machine.until("curl -sSf -o /dev/null http://127.0.0.1:8888/docs");
  expect(machine.ok("systemctl is-enabled waferd")).toBe("enabled\n");
  // A repeated install restarts it with the new configuration.
  machine.ok("sed -i 's/^#httpport = .*/httpport = 443/' /etc/waferd/app.conf");
  machine.ok("waferd service install");
  await machine.until("curl -sSf -o /dev/null http://127.0.0.1:443/docs");
  machine.ok("chmod 600 /etc/waferd/app.conf");
  machine.ok("chgrp root /etc/waferd/app.conf");
  expect(machine.run("waferd service install").output).toContain("the service cannot read");
  expect(machine.ok("waferd service uninstall")).toContain("these stay");
  expect(machine.run("systemctl is-active waferd").output).toBe("inactive\n");
  machine.ok("test -f /var/lib/waferd/master.key");
}, 60_000);
