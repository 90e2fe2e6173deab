/** Compiles the executable from its sources, for this platform or another. */
import { join } from "node:path";
import type { BuildConfig } from "bun";
import { buildConsole, consoleFiles } from "./console.ts";
import { type AddonTarget, addonPackage, lmdbAddon } from "./lmdb-addon.ts";

export interface CompileTarget {
  addon: AddonTarget;
  /** Folder of the platform's lmdb package; by default the one in node_modules. */
  addonFolder?: string;
  /** Bun's name of the platform and the path of a Bun for it; by default the running Bun. */
  foreign?: { name: Bun.Build.CompileTarget; bun: string };
}

/**
 * Builds the console, and returns the options of the bundler, without those that make an executable
 * of the bundle.
 */
export const bundleOptions = async (
  root: string,
  { addon, addonFolder }: CompileTarget,
): Promise<BuildConfig> => ({
  entrypoints: [join(root, "src/main.ts")],
  target: "bun",
  sourcemap: "none",
  // Only ES modules may carry bytecode and top-level await.
  format: "esm",
  define: {
    "process.env.NODE_ENV": '"production"',
    // The same source gives the same bytes in any folder.
    __dirname: '"/waferd"',
    __filename: '"/waferd/index.js"',
    // Otherwise lmdb's codec looks for its native addon in the node_modules of the build machine.
    "process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED": '"true"',
  },
  plugins: [
    lmdbAddon(addonFolder ?? join(root, "node_modules", addonPackage(addon)), addon),
    consoleFiles(await buildConsole(root)),
  ],
});

/**
 * Compiles the executable.
 *
 * @throws Error when the bundler or the linker fails
 */
export async function compile(root: string, outfile: string, target: CompileTarget): Promise<void> {
  const { logs } = await Bun.build({
    ...(await bundleOptions(root, target)),
    // Parsing the bundle is most of the time that a command takes to start.
    bytecode: true,
    // Files in the folder where an operator starts it must neither configure it nor run in it.
    compile: {
      outfile,
      autoloadDotenv: false,
      autoloadBunfig: false,
      ...(target.foreign && { target: target.foreign.name, executablePath: target.foreign.bun }),
    },
  });
  for (const log of logs) console.error(log);
}
