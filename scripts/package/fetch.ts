import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lockedPackages } from "./lock.ts";

/**
 * Fetches a package that npm leaves out on this platform, at the version of package-lock.json, and
 * verifies its hash.
 *
 * @param cache folder that keeps fetched packages; their hashes are verified on every call
 * @returns the folder of the package
 * @throws Error when it cannot be fetched, or its hash is not the locked one
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
    if (status !== 0)
      throw new Error(`npm cannot fetch ${name}@${entry.version}: ${stderr.trim()}`);
  }
  const [algorithm = "", expected] = entry.integrity.split(/-(.*)/);
  if (createHash(algorithm).update(readFileSync(archive)).digest("base64") !== expected) {
    rmSync(archive);
    throw new Error(`${name}@${entry.version} differs from package-lock.json in its ${algorithm}`);
  }
  const folder = join(cache, stem);
  if (!existsSync(folder)) unpack(archive, folder);
  return folder;
}

function unpack(archive: string, folder: string): void {
  const draft = `${folder}.part`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  const { status, stderr } = spawnSync(
    "tar",
    ["-xzf", archive, "-C", draft, "--strip-components=1"],
    {
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(`tar cannot unpack ${archive}: ${stderr}`);
  renameSync(draft, folder);
}
