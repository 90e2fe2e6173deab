/** The .deb, installed by dpkg on a simulated machine with systemd and on one without. */
import { beforeAll, expect, test } from "bun:test";
import { HOST, PACKING_LIMIT, type Packages, packages, VERSION } from "../packages/made.ts";
import { Machine } from "./machine.ts";

let made: Packages;
beforeAll(async () => {
  made = await packages();
}, PACKING_LIMIT);

const DEB = `/packages/waferd_${VERSION}_${HOST?.debian}.deb`;
const UNPACKED = "/tmp/unpacked";

const INIT = `curl -sS http://127.0.0.1:8888/ -d '{"interface":{"interfaceName":"qcloud.cam.initapp","para":{"appid":"wx1234567890abcdef","secret":"a-secret-of-the-app"}}}'`;
const APPS = `curl -sS http://127.0.0.1:8888/api/v1/apps -H "Authorization: Bearer $(cat /var/lib/waferd/admin.key)"`;

/** Makes a .deb of a later version, /tmp/later.deb. */
const MAKE_LATER = `dpkg-deb -R ${DEB} ${UNPACKED} && sed -i 's/^Version: .*/Version: 99/' ${UNPACKED}/DEBIAN/control && dpkg-deb -Zgzip -z1 --root-owner-group -b ${UNPACKED} /tmp/later.deb`;

test("with systemd dpkg -i starts the confined service, an upgrade keeps data and configuration, and only purge removes them", async () => {
  await using machine = await Machine.start(made.folder, "systemd");
  const installed = machine.ok(`dpkg -i ${DEB}`);
  expect(installed).not.toContain("did not start");
  await machine.until(INIT);
  expect(machine.ok("systemctl is-enabled waferd")).toBe("enabled\n");
  expect(machine.ok("stat -c '%U:%G %a %n' /var/lib/waferd /etc/waferd /etc/waferd/app.conf")).toBe(
    "waferd:waferd 700 /var/lib/waferd\nroot:waferd 750 /etc/waferd\nroot:waferd 640 /etc/waferd/app.conf\n",
  );
  const status = machine.ok("cat /proc/$(systemctl show -p MainPID --value waferd)/status");
  expect(status).toMatch(/^CapBnd:\t0+$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  expect(status).toMatch(/^Seccomp:\t2$/m);
  const uid = machine.ok("id -u waferd").trim();
  expect(status).toContain(`Uid:\t${uid}\t${uid}\t${uid}\t${uid}\n`);
  // Executable memory: without it the service would start, but only interpret JavaScript.
  machine.ok("grep -q ' rwxp ' /proc/$(systemctl show -p MainPID --value waferd)/maps");
  // Run as the service's user, commands find server, key and data by the configuration.
  const command = (line: string) =>
    machine.ok(`runuser -u waferd -- waferd ${line} --config /etc/waferd/app.conf`);
  expect(command("status")).toMatch(/^server +running$.*^data +\/var\/lib\/waferd$.*^apps +1$/ms);
  expect(command("app list")).toMatch(/^wx1234567890abcdef +1 /m);
  expect(command("store check")).toContain("nothing is wrong");
  expect(machine.ok("waferd app show wx1234567890abcdef --config /etc/waferd/app.conf")).toContain(
    "wx123",
  );
  expect(command("backup --to /var/lib/waferd/copy")).toContain("copied to /var/lib/waferd/copy");
  machine.ok("systemctl reload waferd");
  await machine.until("journalctl -u waferd | grep reloaded");

  machine.ok("echo '# of the administrator' >>/etc/waferd/app.conf");
  machine.ok(MAKE_LATER);
  const before = machine.ok("systemctl show -p MainPID --value waferd");
  machine.ok("dpkg -i /tmp/later.deb");
  expect(machine.ok("systemctl show -p MainPID --value waferd")).not.toBe(before);
  await machine.until(`${APPS} | grep wx1234567890abcdef`);
  expect(machine.ok("tail -1 /etc/waferd/app.conf")).toBe("# of the administrator\n");

  expect(machine.ok("dpkg -r waferd")).toContain("stay; apt purge waferd removes them");
  expect(machine.run("systemctl is-active waferd").output).toBe("inactive\n");
  expect(machine.run("curl -sS http://127.0.0.1:8888/").status).not.toBe(0);
  machine.ok("test -f /var/lib/waferd/master.key && test -f /etc/waferd/app.conf");

  machine.ok(`dpkg -i ${DEB}`);
  await machine.until(`${APPS} | grep wx1234567890abcdef`);
  expect(machine.ok("dpkg -P waferd")).toContain(
    "waferd: removing /var/lib/waferd, with the sessions, apps and both keys",
  );
  expect(
    machine.run("ls -d /var/lib/waferd /var/cache/waferd /etc/waferd /usr/bin/waferd").output,
  ).not.toMatch(/^\//m);
  expect(machine.run("getent passwd waferd").status).toBe(2);
  expect(machine.ok("systemctl list-units --failed --plain --no-legend")).toBe("");
}, 120_000);

test("without systemd dpkg -i enables the service for later, and purge removes every file", async () => {
  await using machine = await Machine.start(made.folder, "plain");
  machine.ok(`dpkg -i ${DEB}`);
  machine.ok("test -L /etc/systemd/system/multi-user.target.wants/waferd.service");
  expect(machine.run("ls /var/lib/waferd").output).toBe("");
  // As the unit would start it.
  const start =
    "setpriv --reuid waferd --regid waferd --clear-groups waferd serve --config /etc/waferd/app.conf";
  machine.ok(
    `cd /var/lib/waferd; BUN_TMPDIR=/tmp ${start} >/tmp/log 2>&1 </dev/null & echo $! >/tmp/pid`,
  );
  await machine.until(INIT);
  machine.ok("kill $(cat /tmp/pid)");
  machine.ok("dpkg -P waferd");
  expect(
    machine.run(
      "ls -d /var/lib/waferd /etc/waferd /etc/systemd/system/multi-user.target.wants/waferd.service",
    ).output,
  ).not.toMatch(/^\//m);
}, 120_000);
