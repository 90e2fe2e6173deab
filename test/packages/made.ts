import { readdirSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";
import { isHost, TARGETS } from "../../scripts/package/targets.ts";
import { tempFolder } from "../harness/temp-folder.ts";

export const PROJECT = join(import.meta.dir, "../..");
export const VERSION = packageJson.version;

/** This machine's target. */
export const HOST = TARGETS.find(isHost);
if (HOST === undefined) throw new Error("no packages are made for this platform");

/** Time limit of packing, in milliseconds. */
export const PACKING_LIMIT = 180_000;

/** The packages for this machine. */
export interface Packages {
  folder: string;
  files: string[];
  /** Returns the path of the package whose name has this ending. */
  path(end: string): string;
}

let made: Promise<Packages> | null = null;

/**
 * Returns the packages for this machine: those that `npm test` made, otherwise made once per run.
 * Needs the executable.
 */
export function packages(): Promise<Packages> {
  const ready = process.env["TESTED_PACKAGES"];
  made ??= ready === undefined ? packagesFor(HOST?.name ?? "") : Promise.resolve(packagesIn(ready));
  return made;
}

/** Makes the packages of a target in a temporary folder, which is removed when the tests end. */
export async function packagesFor(target: string, ...options: string[]): Promise<Packages> {
  const { path: folder } = tempFolder();
  removeWithParent(folder);
  await pack(target, folder, ...options);
  return packagesIn(folder);
}

/** Makes the packages of a target in a folder, which is emptied first. */
export async function pack(target: string, folder: string, ...options: string[]): Promise<void> {
  const script = join(PROJECT, "scripts/package.ts");
  const run = Bun.spawn(
    [process.execPath, script, "--targets", target, "--out", folder, ...options],
    {
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [status, errors] = await Promise.all([run.exited, new Response(run.stderr).text()]);
  if (status !== 0) throw new Error(`packing ended with ${status}: ${errors}`);
}

/** Unpacks the tar.gz into a folder, without its top folder. */
export function unpack({ path }: Packages, folder: string): void {
  const { status, output } = run([
    "tar",
    "-xzf",
    path(".tar.gz"),
    "-C",
    folder,
    "--strip-components=1",
  ]);
  if (status !== 0) throw new Error(`tar ended with ${status}: ${output}`);
}

/** Lists the packages in a folder. */
export function packagesIn(folder: string): Packages {
  const files = readdirSync(folder).sort();
  return {
    folder,
    files,
    path(end) {
      const file = files.find((name) => name.endsWith(end));
      if (file === undefined) throw new Error(`no package ${end} among ${files.join(", ")}`);
      return join(folder, file);
    },
  };
}

function removeWithParent(folder: string): void {
  const watch = 'while kill -0 "$1" 2>/dev/null; do sleep 0.3; done; rm -rf "$2"';
  Bun.spawn(["sh", "-c", watch, "remover", String(process.pid), folder], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  }).unref();
}

/** Runs a program and waits for its end. */
export function run(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): { status: number; output: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...args], {
    // No check or start may depend on whether the default port is free.
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", WAFERD_HTTPPORT: "0" },
    ...options,
  });
  return { status: exitCode, output: `${stdout}${stderr}` };
}
