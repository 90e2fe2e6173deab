import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What package-lock.json says of a package. */
export interface LockedPackage {
  version: string;
  /** `sha512-` and the hash of its archive in Base64. */
  integrity?: string;
  license?: string;
  dependencies?: Record<string, string>;
}

/** The packages of package-lock.json by their folder, such as `node_modules/lmdb`. */
export function lockedPackages(root: string): Map<string, LockedPackage> {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return new Map(Object.entries<LockedPackage>(lock.packages));
}

/** The package's name in its folder's. */
export const nameOf = (folder: string): string => folder.replace(/^.*node_modules\//, "");

/** Where the package in one folder finds another: beside it, or further up. */
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
