/** The programs that the tests and the bench start, and the Debian packages that have them. */
import { spawnSync } from "node:child_process";
import { run } from "./install.mjs";

const PROGRAMS = {
  caddy: "caddy",
  chromium: "chromium",
  nginx: "nginx-light",
  curl: "curl",
  // Without the package that makes a service of it.
  mariadbd: "mariadb-server-core",
  "mariadb-dump": "mariadb-client",
  my_print_defaults: "mariadb-client-core",
  openssl: "openssl",
  perl: "perl-base",
  prlimit: "util-linux",
  prometheus: "prometheus",
  promtool: "prometheus",
  "redis-server": "redis-server",
  script: "bsdutils",
  socat: "socat",
  bash: "bash",
  adduser: "adduser",
  "dpkg-deb": "dpkg",
  ip: "iproute2",
  shellcheck: "shellcheck",
  "systemd-analyze": "systemd",
  unzip: "unzip",
  wrk: "wrk",
  zip: "zip",
  fish: "fish",
  zsh: "zsh",
};

/** @param {string} program */
const isThere = (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/**
 * Installs what is missing, where it may, and says so; elsewhere it says what to install, and ends.
 *
 * @param {readonly string[]} programs
 * @param {string} user who needs them, for people
 */
export function installPrograms(programs = Object.keys(PROGRAMS), user = "the tests") {
  const missing = Object.entries(PROGRAMS).filter(
    ([program]) => programs.includes(program) && !isThere(program),
  );
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))];
  if (process.getuid?.() !== 0 || !isThere("apt-get")) {
    console.error(
      `waferd: missing for ${user}: ${missing.map(([program]) => program).join(", ")}; install ${packages.join(" ")}`,
    );
    process.exit(1);
  }
  console.error(`waferd: installing ${packages.join(" ")} for ${user} (apt-get)`);
  run("apt-get", ["update", "-qq"]);
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages]);
}
