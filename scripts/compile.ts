/** How the executable is made of its sources, for this platform or another. */
import { join } from "node:path";
import type { BuildConfig } from "bun";
import { type AddonTarget, addonPackage, lmdbAddon } from "./lmdb-addon.ts";

export interface CompileTarget {
  addon: AddonTarget;
  /** The folder of the platform's lmdb package; without it, the one in node_modules. */
  addonFolder?: string;
  /** Bun's name of the platform and a Bun for it; without them, the Bun that builds. */
  foreign?: { name: Bun.Build.CompileTarget; bun: string };
}

/** What is bundled, and how; without what makes an executable of it. */
export const bundleOptions = (root: string, { addon, addonFolder }: CompileTarget): BuildConfig => ({
  entrypoints: [join(root, "src/main.ts")],
  target: "bun",
  sourcemap: "none",
  define: {
    "process.env.NODE_ENV": '"production"',
    // The folder of the machine that built it is of no use elsewhere, and the same source is to give the same bytes.
    __dirname: '"/waferd"',
    __filename: '"/waferd/index.js"',
    // lmdb's codec would look for an addon of its own in the node_modules of the machine that built it.
    "process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED": '"true"',
  },
  plugins: [lmdbAddon(addonFolder ?? join(root, "node_modules", addonPackage(addon)), addon)],
});

/**
 * Makes the executable.
 *
 * @throws Error when the bundler or the linker fails
 */
export async function compile(root: string, outfile: string, target: CompileTarget): Promise<void> {
  const { logs } = await Bun.build({
    ...bundleOptions(root, target),
    // What lies in the folder where an operator starts it must not configure it, let alone run in it.
    compile: {
      outfile,
      autoloadDotenv: false,
      autoloadBunfig: false,
      ...(target.foreign && { target: target.foreign.name, executablePath: target.foreign.bun }),
    },
  });
  for (const log of logs) console.error(log);
}
