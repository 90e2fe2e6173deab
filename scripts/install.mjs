/** Installs the packages, Bun among them, in a fresh clone. Runs in Node without any package. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** @param {string} path */
const modifiedAt = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

/**
 * Runs a program with its output shown. Ends this process with the program's status when it fails.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} options
 */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Installs the packages of package-lock.json, unless they were installed after its last change. */
export function install() {
  const done = join(root, "node_modules/.package-lock.json");
  if (modifiedAt(done) >= modifiedAt(join(root, "package-lock.json"))) return;
  console.error("waferd: installing packages (npm ci)");
  // npm warns of blocked install scripts; no package here needs them.
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    shell: process.platform === "win32",
  });
}

/**
 * Returns the path of Bun. Its package moves the executable by an install script; where npm has not
 * run that script, the executable is still in the package for this platform.
 */
export function bunPath() {
  const scope = join(root, "node_modules/@oven");
  const name = process.platform === "win32" ? "bun.exe" : "bun";
  const candidates = [
    join(root, "node_modules/bun/bin/bun.exe"),
    ...(existsSync(scope)
      ? readdirSync(scope).map((folder) => join(scope, folder, "bin", name))
      : []),
  ];
  // Before the install script runs, a short text file is in its place.
  const found = candidates.find((path) => existsSync(path) && statSync(path).size > 1_000_000);
  if (found === undefined)
    throw new Error("Bun is not installed: run npm ci, with optional packages");
  return found;
}

/** Returns the time of the latest change of a source of the executable. */
function sourcesModifiedAt() {
  const files = readdirSync(join(root, "src"), { recursive: true }).map((file) =>
    join(root, "src", String(file)),
  );
  return Math.max(
    ...[
      ...files,
      ...["package-lock.json", "scripts/build.ts", "scripts/compile.ts", "scripts/console.ts"].map(
        (file) => join(root, file),
      ),
    ].map(modifiedAt),
  );
}

/** Builds dist/waferd, unless it is newer than its sources, and returns its path. */
export function build() {
  const executable = join(root, "dist", process.platform === "win32" ? "waferd.exe" : "waferd");
  if (modifiedAt(executable) >= sourcesModifiedAt()) return executable;
  console.error("waferd: building the executable");
  run(bunPath(), [join(root, "scripts/build.ts")]);
  return executable;
}
