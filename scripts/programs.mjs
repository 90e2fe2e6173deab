/** The programs that the tests and the bench start, and the Debian packages that contain them. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** @type {Readonly<Record<string, string>>} */
const PACKAGES = {
  adduser: "adduser",
  bash: "bash",
  caddy: "caddy",
  chromium: "chromium",
  curl: "curl",
  "dpkg-deb": "dpkg",
  faketime: "faketime",
  "Chinese fonts": "fonts-noto-cjk",
  fish: "fish",
  ip: "iproute2",
  mariadb: "mariadb-client-core",
  "mariadb-dump": "mariadb-client",
  // Without mariadb-server, which would start a service.
  "mariadb-install-db": "mariadb-server-core",
  mariadbd: "mariadb-server-core",
  my_print_defaults: "mariadb-client-core",
  nginx: "nginx-light",
  openssl: "openssl",
  prlimit: "util-linux",
  prometheus: "prometheus",
  promtool: "prometheus",
  "redis-cli": "redis-tools",
  "redis-server": "redis-server",
  script: "bsdutils",
  setpriv: "util-linux",
  shellcheck: "shellcheck",
  socat: "socat",
  strace: "strace",
  "systemd-analyze": "systemd",
  tmux: "tmux",
  unshare: "util-linux",
  unzip: "unzip",
  wrk: "wrk",
  zip: "zip",
  zsh: "zsh",
};

/** Debian keeps servers in folders that only root's shell searches. */
export const SEARCH_PATH = [process.env["PATH"], "/usr/local/sbin", "/usr/sbin", "/sbin"].join(
  delimiter,
);

/**
 * How long apt-get may take, in milliseconds: a mirror that hangs must not keep the tests from
 * running.
 */
const APT_LIMIT_MS = 600_000;

/** Needs that are not programs. @type {Readonly<Record<string, () => boolean>>} */
const CONDITIONS = {
  Linux: () => process.platform === "linux",
  root: () => process.getuid?.() === 0,
  // Containers often withhold these from root; without root, the need of root is named instead.
  namespaces: () =>
    process.getuid?.() !== 0 ||
    spawnSync(
      "unshare",
      ["--mount", "--net", "--ipc", "--uts", "--pid", "--cgroup", "--fork", "true"],
      {
        env: { PATH: SEARCH_PATH },
      },
    ).status === 0,
  "Chinese fonts": () => existsSync("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
  // Containers may withhold this too; without strace, the need of strace is named instead.
  tracing: () =>
    !isInstalled("strace") ||
    spawnSync("strace", ["-f", "--seccomp-bpf", "-e", "trace=fsync", "-o", "/dev/null", "true"], {
      env: { PATH: SEARCH_PATH },
    }).status === 0,
};

/** @param {string} program */
const isInstalled = (program) =>
  SEARCH_PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return statSync(join(folder, program)).isFile();
    } catch {
      return false;
    }
  });

/**
 * Returns those needs that this machine does not meet.
 *
 * @param {readonly string[]} needs names of programs, or of the conditions above
 */
export const unmet = (needs) =>
  needs.filter((need) => !(CONDITIONS[need] ?? (() => isInstalled(need)))());

/** @param {readonly string[]} args */
function aptGet(...args) {
  const { status } = spawnSync("apt-get", ["-qq", "-o", "Acquire::Retries=1", ...args], {
    stdio: "inherit",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    timeout: APT_LIMIT_MS,
  });
  return status === 0;
}

/**
 * Installs missing programs by apt-get where that is possible, that is for root on Debian and its
 * relatives. Says what it does and what remains missing, and never fails.
 *
 * @param {readonly string[]} needs
 */
export function installPrograms(needs) {
  const missing = [...new Set(unmet(needs))].filter((need) => need in PACKAGES);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap((program) => PACKAGES[program] ?? []))];
  if (unmet(["apt-get"]).length > 0) {
    console.error(`waferd: these programs are missing: ${missing.join(" ")}`);
    return;
  }
  if (unmet(["root"]).length > 0) {
    console.error(
      `waferd: these packages are missing; root can install them: ${packages.join(" ")}`,
    );
    return;
  }
  console.error(`waferd: installing ${packages.join(" ")} (apt-get)`);
  const install = ["install", "-y", "--no-install-recommends"];
  if (!aptGet("update"))
    console.error("waferd: apt-get update failed; trying the package lists at hand");
  // One unknown package makes apt-get refuse them all.
  if (aptGet(...install, ...packages)) return;
  const failed = packages.filter((name) => !aptGet(...install, name));
  if (failed.length > 0) console.error(`waferd: apt-get could not install ${failed.join(" ")}`);
}
