import { readFileSync } from "node:fs";
import { join } from "node:path";

/** An entry of package-lock.json. */
export interface LockedPackage {
  version: string;
  /** `sha512-` and the hash of the archive in Base64. */
  integrity?: string;
  license?: string;
  dependencies?: Record<string, string>;
  /** Of this project only. */
  devDependencies?: Record<string, string>;
}

/** Returns the packages of package-lock.json by their folders, such as `node_modules/lmdb`. */
export function lockedPackages(root: string): Map<string, LockedPackage> {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return new Map(Object.entries<LockedPackage>(lock.packages));
}

/** Returns the name of the package in a folder. */
export const nameOf = (folder: string): string => folder.replace(/^.*node_modules\//, "");

/**
 * Returns the folder in which the package of folder `from` finds another package: beside it or
 * further up.
 */
export function resolveFrom(
  packages: ReadonlyMap<string, LockedPackage>,
  from: string,
  name: string,
): string | null {
  for (let place = from; ; place = place.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, "")) {
    const candidate = place === "" ? `node_modules/${name}` : `${place}/node_modules/${name}`;
    if (packages.has(candidate)) return candidate;
    if (place === "") return null;
  }
}
