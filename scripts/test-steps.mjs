/**
 * The steps of `npm test` and `npm run check`, each with the programs that it needs beside Node and
 * the packages.
 */
import { join } from "node:path";
import { root } from "./install.mjs";

/** @typedef {import("./run-steps.mjs").Step} Step */

/**
 * A busy machine is slow, and when a test exceeds its limit, Bun kills the servers of other tests.
 */
const TIME_LIMIT_MS = 30_000;

/**
 * Returns the command that runs tests.
 *
 * @param {readonly string[]} args parts of paths, or options of `bun test`
 */
const tests = (...args) => ({
  command: "bun",
  args: ["test", "--only-failures", "--timeout", String(TIME_LIMIT_MS), ...args],
});

const REDIS = ["redis-server", "redis-cli"];
const MYSQL = ["mariadbd", "mariadb-install-db", "my_print_defaults", "mariadb"];

/** Tests beside the source that need a server. They have a step of their own. */
const OF_REDIS = ["src/store/redis/", "redis-source.test.ts"];
const OF_MYSQL = ["src/store/mysql/", "mysql-tables.test.ts"];
const withoutServers = [...OF_REDIS, ...OF_MYSQL].flatMap((place) => [
  "--path-ignore-patterns",
  `**/${place}${place.endsWith("/") ? "**" : ""}`,
]);

/** The needs of packing. */
export const PACKING = ["Linux", "dpkg-deb", "zip"];
const packed = join(root, "dist/test-packages");
/**
 * The packages for this machine, and the executable out of one. Not `WAFERD_…`: that would be an
 * option.
 */
export const fromPackage = {
  TESTED_PACKAGES: join(packed, "packages"),
  TESTED_EXECUTABLE: join(packed, "unpacked/waferd"),
};

/** Checks of the text alone. @type {readonly Step[]} */
export const STATIC = [
  {
    name: "format and lint",
    command: "biome",
    args: ["ci", "--error-on-warnings", "--reporter=summary", "."],
  },
  { name: "types", command: "tsc", args: ["--noEmit"] },
  // Apart, because the globals of browsers contradict Bun's.
  { name: "types of the console", command: "tsc", args: ["--noEmit", "-p", "src/console"] },
  { name: "layers", command: "bun", args: ["scripts/check-layers.ts"] },
  { name: "graph of the core", command: "bun", args: ["scripts/import-graph.ts", "--check"] },
  { name: "prose", command: "bun", args: ["scripts/check-prose.ts"] },
];

/** Tests that need no other program, with their coverage. @type {Step} */
export const UNIT = {
  name: "unit tests",
  ...tests("--coverage", ...withoutServers, "src", "examples", "test/scripts"),
};

/** Steps on which the others depend. @type {readonly Step[]} */
export const FIRST = [
  { name: "executable", command: "bun", args: ["scripts/build.ts"] },
  { name: "packing", command: "bun", args: ["test/packages/prepare.ts", packed], needs: PACKING },
];

/**
 * Groups of steps that run in parallel, because tests wait more than they compute. The groups take
 * about equally long.
 *
 * @type {readonly (readonly Step[])[]}
 */
export const GROUPS = [
  [
    UNIT,
    { name: "Redis driver", ...tests(...OF_REDIS), needs: REDIS },
    { name: "MySQL driver", ...tests(...OF_MYSQL), needs: [...MYSQL, "mariadb-dump", "openssl"] },
    {
      name: "shell scripts",
      command: "shellcheck",
      args: [
        ...["control.sh", "scf/scf_bootstrap", "deb/postinst", "deb/prerm", "deb/postrm"].map(
          (file) => `scripts/package/files/${file}`,
        ),
        "test/systemd/machine.sh",
      ],
      needs: ["shellcheck"],
    },
    {
      name: "commands",
      ...tests("test/binary/commands"),
      needs: ["Linux", "bash", "curl", "prlimit", "script", "tmux"],
    },
    {
      name: "packages on a machine with systemd",
      ...tests("test/systemd"),
      needs: [
        ...PACKING,
        ...["root", "unshare", "namespaces", "systemd-analyze", "adduser", "setpriv", "ip", "curl"],
      ],
    },
    {
      name: "full disks",
      ...tests("test/full-disk"),
      needs: ["Linux", "root", "unshare", "namespaces"],
    },
    { name: "completion", ...tests("test/completion"), needs: ["bash", "fish", "zsh"] },
    { name: "bench", ...tests("test/load"), needs: ["Linux", "wrk"] },
  ],
  [
    { name: "compat", ...tests("test/compat", "test/rest"), needs: ["curl", "prlimit"] },
    { name: "documentation", ...tests("test/docs"), needs: ["bash", "curl"] },
    { name: "pages in a browser", ...tests("test/browser"), needs: ["chromium"] },
    { name: "console", ...tests("test/console"), needs: ["chromium", "Chinese fonts"] },
    { name: "behind proxies", ...tests("test/proxies"), needs: ["nginx", "caddy"] },
    {
      name: "compat on Redis",
      ...tests("test/compat"),
      environment: { WAFERD_TEST_STORE: "redis" },
      needs: [...REDIS, "curl"],
    },
    {
      name: "compat on MySQL",
      ...tests("test/compat"),
      environment: { WAFERD_TEST_STORE: "mysql" },
      needs: [...MYSQL, "curl"],
    },
    { name: "shared stores", ...tests("test/shared"), needs: [...REDIS, ...MYSQL] },
    { name: "Prometheus", ...tests("test/prometheus"), needs: ["prometheus", "promtool"] },
    { name: "packages", ...tests("test/packages"), needs: [...PACKING, "unzip"] },
    { name: "Tencent SCF", ...tests("test/scf"), needs: [...PACKING, ...REDIS, "unzip"] },
  ],
  [
    {
      name: "executable as a whole",
      ...tests(
        ...["test/binary", "--path-ignore-patterns", "test/binary/commands/**"],
        ...["test/monitoring", "test/soak/soak.test.ts"],
      ),
      needs: ["Linux", "bash", "curl", "faketime", "prlimit", "script"],
    },
    {
      name: "power cuts and disk errors",
      ...tests("test/soak/power-cut", "test/disk-errors"),
      needs: ["Linux", "strace", "tracing"],
    },
    { name: "workers", ...tests("test/workers"), needs: ["Linux", "prlimit", "script"] },
    { name: "service manager", ...tests("test/service-manager"), needs: ["Linux", "socat"] },
  ],
];
