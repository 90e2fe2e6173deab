import { bundleOptions } from "../compile.ts";
import { consoleBundleOptions } from "../console.ts";
import { addonPackage, hostTarget } from "../lmdb-addon.ts";
import { lockedPackages } from "./lock.ts";
import type { Target } from "./targets.ts";

/**
 * Returns the folders of the packages whose code is in the executables of these targets, according
 * to the bundler: not every installed package is bundled.
 */
export async function bundledPackages(root: string, targets: readonly Target[]): Promise<string[]> {
  const inputs: string[] = [];
  for (const options of [
    await bundleOptions(root, { addon: hostTarget() }),
    consoleBundleOptions(root),
  ]) {
    const { metafile } = await Bun.build({ ...options, metafile: true });
    if (metafile === undefined) throw new Error("Bun does not tell what it bundled");
    inputs.push(...Object.keys(metafile.inputs));
  }
  const folders = new Set(targets.map(({ addon }) => `node_modules/${addonPackage(addon)}`));
  const own = `node_modules/${addonPackage(hostTarget())}`;
  for (const path of inputs) {
    const folder =
      /node_modules\/.*node_modules\/(?:@[^/]+\/)?[^/]+|node_modules\/(?:@[^/]+\/)?[^/]+/.exec(
        path,
      );
    if (folder !== null && folder[0] !== own) folders.add(folder[0]);
  }
  const locked = lockedPackages(root);
  const stray = [...folders].filter((folder) => !locked.has(folder));
  if (stray.length > 0) throw new Error(`not in package-lock.json: ${stray.join(", ")}`);
  return [...folders].sort();
}
