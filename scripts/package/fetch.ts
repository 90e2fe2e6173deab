import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lockedPackages } from "./lock.ts";

/**
 * The folder of a package that package-lock.json names and npm leaves out on this platform: fetched by npm at the locked
 * version, and held against the locked hash each time.
 *
 * @param cache a folder that keeps what was fetched
 * @throws Error when it cannot be fetched, or is not what the lock says
 */
export function fetchPackage(root: string, cache: string, name: string): string {
  const entry = lockedPackages(root).get(`node_modules/${name}`);
  if (entry?.integrity === undefined) throw new Error(`package-lock.json has no hash of ${name}`);
  mkdirSync(cache, { recursive: true });
  const stem = `${name.replace("@", "").replace("/", "-")}-${entry.version}`;
  const archive = join(cache, `${stem}.tgz`);
  if (!existsSync(archive)) {
    const { status, stderr } = spawnSync(
      "npm",
      ["pack", "--silent", "--pack-destination", cache, `${name}@${entry.version}`],
      { cwd: root, encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`npm cannot fetch ${name}@${entry.version}: ${stderr.trim()}`);
  }
  const [algorithm = "", expected] = entry.integrity.split(/-(.*)/);
  if (createHash(algorithm).update(readFileSync(archive)).digest("base64") !== expected) {
    rmSync(archive);
    throw new Error(`${name}@${entry.version} is not what package-lock.json says: its ${algorithm} differs`);
  }
  const folder = join(cache, stem);
  if (!existsSync(folder)) unpack(archive, folder);
  return folder;
}

function unpack(archive: string, folder: string): void {
  const draft = `${folder}.part`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  const { status, stderr } = spawnSync("tar", ["-xzf", archive, "-C", draft, "--strip-components=1"], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`tar cannot unpack ${archive}: ${stderr}`);
  renameSync(draft, folder);
}
