import { join } from "node:path";
import { stage, zip } from "./archive.ts";
import { licences, own, type Release } from "./release.ts";

/** Makes the web function for Tencent SCF. SCF expects its files at the top of the zip. */
export async function scfPackage(release: Release, executable: string): Promise<void> {
  const name = `waferd-${release.version}-tencent-scf`;
  const folder = join(release.work, name);
  const files = {
    scf_bootstrap: { ...own("scf/scf_bootstrap"), executable: true },
    waferd: { from: executable, executable: true },
    "scf.md": { from: join(release.root, "docs/scf.md") },
    ...licences(release),
  };
  stage(folder, files, release.seconds);
  await zip(folder, Object.keys(files), join(release.out, `${name}.zip`));
}
