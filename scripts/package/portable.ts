import { join } from "node:path";
import { below, stage, tarGz, zip } from "./archive.ts";
import { conf, licences, own, pages, type Release, readme, unit } from "./release.ts";
import { isLinux, isWindows, type Target } from "./targets.ts";

/**
 * Makes the archive that runs from any folder: a tar.gz, or a zip for Windows, with what its
 * platform can use.
 */
export async function portableArchive(
  release: Release,
  target: Target,
  executable: string,
): Promise<void> {
  const name = `waferd-${release.version}-${target.name}`;
  const folder = join(release.work, name);
  stage(
    folder,
    {
      [isWindows(target) ? "waferd.exe" : "waferd"]: { from: executable, executable: true },
      "app.conf": conf({ httpaddr: "127.0.0.1", httpport: "8888", data_dir: "./data" }),
      ...(!isWindows(target) && { "control.sh": { ...own("control.sh"), executable: true } }),
      ...(isLinux(target) && { "waferd.service": unit("/usr/local/bin/waferd") }),
      ...readme(release),
      ...below("docs", pages(release)),
      ...licences(release),
    },
    release.seconds,
  );
  const archive = join(release.out, `${name}.${isWindows(target) ? "zip" : "tar.gz"}`);
  if (isWindows(target)) await zip(release.work, [name], archive);
  else await tarGz(release.work, name, archive, release.seconds);
}
