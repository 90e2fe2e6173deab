import { spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** A file of a package: its content, or the path to copy it from. */
export interface PackedFile {
  text?: string;
  from?: string;
  executable?: boolean;
}

/** Files of a package by their paths in it. */
export type PackedFiles = Readonly<Record<string, PackedFile>>;

/** Moves files into a folder of the package. */
export const below = (folder: string, files: PackedFiles): PackedFiles =>
  Object.fromEntries(Object.entries(files).map(([path, file]) => [`${folder}/${path}`, file]));

/** Writes files into a new folder, with the modes and times that they get in an archive. */
export function stage(folder: string, files: PackedFiles, seconds: number): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [path, { text, from, executable }] of Object.entries(files)) {
    const to = join(folder, path);
    mkdirSync(dirname(to), { recursive: true });
    if (from !== undefined) cpSync(from, to);
    else writeFileSync(to, text ?? "");
    chmodSync(to, executable ? 0o755 : 0o644);
  }
  for (const path of [...(readdirSync(folder, { recursive: true }) as string[]), "."]) {
    lutimesSync(join(folder, path), seconds, seconds);
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o755);
  chmodSync(folder, 0o755);
}

/** Packs a folder as a tar.gz. The same content gives the same archive. */
export async function tarGz(
  parent: string,
  name: string,
  archive: string,
  seconds: number,
): Promise<void> {
  await run("tar", [
    ...[
      "--sort=name",
      "--format=ustar",
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      `--mtime=@${seconds}`,
    ],
    // gzip writes neither the name nor the time of a stream.
    ...["--use-compress-program=gzip -n", "-cf", archive, "-C", parent, name],
  ]);
}

/** Packs paths of a folder as a zip. The same content gives the same archive. */
export async function zip(
  folder: string,
  paths: readonly string[],
  archive: string,
): Promise<void> {
  rmSync(archive, { force: true });
  await run("zip", ["-q", "-X", "-r", archive, ...paths], {
    cwd: folder,
    env: { PATH: process.env["PATH"], TZ: "UTC" },
  });
}

/**
 * Runs a packer.
 *
 * @throws Error with the packer's message when it fails
 */
export async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string | undefined> } = {},
): Promise<void> {
  const packer = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], ...options });
  let said = "";
  packer.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const status = await new Promise<number | string>((resolve) => {
    packer.on("error", ({ message }) => resolve(message));
    packer.on("close", (code, signal) => resolve(code ?? signal ?? 1));
  });
  if (status !== 0) throw new Error(`${program}: ${said.trim() || status}`);
}
