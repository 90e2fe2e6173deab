import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { BunPlugin } from "bun";

/** A platform by lmdb's names of its packages, such as linux-x64. */
export interface AddonTarget {
  platform: string;
  libc: "glibc" | "musl" | null;
}

/** Returns the platform that this process runs on. */
export function hostTarget(): AddonTarget {
  return {
    platform: `${process.platform}-${process.arch}`,
    libc: process.platform === "linux" ? hostLibc() : null,
  };
}

function hostLibc(): "glibc" | "musl" {
  return readdirSync("/lib").some((name) => name.startsWith("ld-musl-")) ? "musl" : "glibc";
}

/** Returns the name of the package with a platform's addon. */
export const addonPackage = ({ platform }: AddonTarget): string => `@lmdb/lmdb-${platform}`;

/** Loads the embedded file. Windows cannot remove the file of a library that is loaded. */
const LOADER = join(import.meta.dir, "../src/store/lmdb/load-addon.ts");

/**
 * Changes the reader of lmdb's keys, which evaluates the text of one of its functions: the bundler
 * renames the variables in it, and a key with a character beyond ASCII could not be read.
 */
function withStableNames(source: string): string {
  const text = "finishUtf8.toString()";
  if (source.split(text).length !== 2) throw new Error(`ordered-binary has changed: no ${text}`);
  return source.replace(text, `${text}.replace(/\\b(position|pendingSurrogate)\\d+\\b/g, "$$1")`);
}

/**
 * Returns a plugin that embeds lmdb's addon. lmdb looks for it at run time by
 * `node-gyp-build-optional-packages`, which a bundler cannot follow; the plugin answers that import
 * with a literal path, which Bun embeds in the executable.
 *
 * @param folder folder of the target's package
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
      build.onLoad({ filter: /\/ordered-binary\/index\.js$/ }, async ({ path }) => ({
        contents: withStableNames(await Bun.file(path).text()),
        loader: "js",
      }));
      build.onResolve({ filter: /^node-gyp-build-optional-packages$/ }, ({ importer }) =>
        // A name that nothing imports: Bun sometimes confuses modules of one name in different
        // namespaces.
        importer.includes("/node_modules/lmdb/")
          ? { path: "the-addon", namespace: "lmdb-addon" }
          : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: "lmdb-addon" }, () => ({
        contents: target.platform.startsWith("win32-")
          ? `module.exports = () => require(${JSON.stringify(addon)});`
          : `import { tmpdir } from "node:os";
import { loadAddon } from ${JSON.stringify(LOADER)};
import file from ${JSON.stringify(addon)} with { type: "file" };
export default () => loadAddon(file, process.env.BUN_TMPDIR ?? tmpdir());`,
        loader: "js",
      }));
    },
  };
}
