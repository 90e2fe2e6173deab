import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { BunPlugin } from "bun";

/** A platform as lmdb names its packages, such as linux-x64. */
export interface AddonTarget {
  platform: string;
  libc: "glibc" | "musl" | null;
}

/** The platform that this process runs on. */
export function hostTarget(): AddonTarget {
  return {
    platform: `${process.platform}-${process.arch}`,
    libc: process.platform === "linux" ? hostLibc() : null,
  };
}

function hostLibc(): "glibc" | "musl" {
  return readdirSync("/lib").some((name) => name.startsWith("ld-musl-")) ? "musl" : "glibc";
}

/** The package that holds a platform's addon. */
export const addonPackage = ({ platform }: AddonTarget): string => `@lmdb/lmdb-${platform}`;

/**
 * lmdb looks for its addon at run time, through `node-gyp-build-optional-packages`, where a bundler cannot see it. This
 * answers that import with the addon of the target, by a literal path that Bun embeds in the executable.
 *
 * @param folder where the target's package lies
 * @throws Error when the target's package is not installed
 */
export function lmdbAddon(folder: string, target: AddonTarget): BunPlugin {
  const { libc } = target;
  const addon = join(folder, libc === null ? "node.napi.node" : `node.napi.${libc}.node`);
  if (!existsSync(addon))
    throw new Error(`${addon} is missing: run npm install, or install ${addonPackage(target)}`);
  return {
    name: "lmdb-addon",
    setup(build) {
      build.onResolve({ filter: /^node-gyp-build-optional-packages$/ }, ({ importer }) =>
        // A name that nobody imports: now and then Bun takes a module of any namespace for one of that name.
        importer.includes("/node_modules/lmdb/") ? { path: "the-addon", namespace: "lmdb-addon" } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: "lmdb-addon" }, () => ({
        contents: `module.exports = () => require(${JSON.stringify(addon)});`,
        loader: "js",
      }));
    },
  };
}
