import {
  chmodSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { completionOf, type Shell } from "../../src/cli/completion.ts";
import { createProgram } from "../../src/cli/program.ts";
import { commandPorts } from "../../src/main/command-ports.ts";
import { below, type PackedFiles, run, stage } from "./archive.ts";
import { debianChangelog, releasesIn } from "./changelog.ts";
import { conf, licences, own, pages, type Release, unit } from "./release.ts";
import type { Target } from "./targets.ts";

const SCRIPTS = ["postinst", "prerm", "postrm"] as const;
const DOC = "usr/share/doc/waferd";
const MANUAL = "usr/share/man/man1/waferd.1.gz";

/** Where Debian's shells look for the completion of commands. */
const COMPLETIONS: Record<Shell, string> = {
  bash: "usr/share/bash-completion/completions/waferd",
  zsh: "usr/share/zsh/vendor-completions/_waferd",
  fish: "usr/share/fish/vendor_completions.d/waferd.fish",
};

function completions(version: string): PackedFiles {
  const program = createProgram(version, { ...commandPorts({}), endWith: () => undefined });
  return Object.fromEntries(
    Object.entries(COMPLETIONS).map(([shell, path]) => [
      path,
      { text: completionOf(program, shell as Shell) },
    ]),
  );
}

/** Makes the package for Debian and Ubuntu with dpkg-deb. */
export async function debianPackage(
  release: Release,
  target: Target & { debian: string },
  executable: string,
): Promise<void> {
  const { version, seconds } = release;
  const folder = join(release.work, `deb-${target.debian}`);
  stage(
    folder,
    {
      "usr/bin/waferd": { from: executable, executable: true },
      "lib/systemd/system/waferd.service": unit("/usr/bin/waferd"),
      "etc/waferd/app.conf": conf({
        httpaddr: "127.0.0.1",
        httpport: "8888",
        data_dir: "/var/lib/waferd",
      }),
      ...below(DOC, pages(release)),
      ...below(DOC, licences(release)),
      [`${DOC}/copyright`]: { text: copyright(release) },
      "usr/share/lintian/overrides/waferd": own("deb/lintian-overrides"),
      ...completions(version),
    },
    seconds,
  );
  const texts = {
    [`${DOC}/changelog.gz`]: changelog(release),
    [MANUAL]: readFileSync(own("deb/waferd.1").from ?? "", "utf8"),
  };
  mkdirSync(join(folder, dirname(MANUAL)), { recursive: true });
  for (const [path, text] of Object.entries(texts))
    writeFileSync(join(folder, path), gzipSync(text, { level: 9 }));
  const control = join(folder, "DEBIAN");
  mkdirSync(control);
  writeFileSync(join(control, "control"), controlFile(release, target.debian, folder));
  writeFileSync(join(control, "conffiles"), "/etc/waferd/app.conf\n");
  for (const name of SCRIPTS) {
    writeFileSync(join(control, name), readFileSync(own(`deb/${name}`).from ?? ""));
    chmodSync(join(control, name), 0o755);
  }
  chmodSync(control, 0o755);
  for (const path of [
    ...Object.keys(texts),
    DOC,
    dirname(MANUAL),
    dirname(dirname(MANUAL)),
    "usr/share",
    "DEBIAN",
  ])
    lutimesSync(join(folder, path), seconds, seconds);
  const archive = join(release.out, `waferd_${version}_${target.debian}.deb`);
  // xz at its lowest level is smaller than gzip at any level, and as fast.
  await run("dpkg-deb", ["--root-owner-group", "-Zxz", "-z1", "--build", folder, archive], {
    env: { PATH: process.env["PATH"], SOURCE_DATE_EPOCH: String(seconds) },
  });
}

/** lmdb's addon is built with GCC 11 against glibc 2.34. */
const controlFile = (
  { version, maintainer }: Release,
  architecture: string,
  folder: string,
): string => `Package: waferd
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${Math.ceil(sizeOf(folder) / 1024)}
Depends: adduser, init-system-helpers (>= 1.51), libc6 (>= 2.34), libstdc++6 (>= 11)
Suggests: redis-server, default-mysql-server
Section: net
Priority: optional
Description: session server of WeChat mini programs
 Logs in users of WeChat mini programs, keeps their sessions, and hosts the
 access tokens and tickets of mini programs, official accounts and WeCom agents.
`;

const copyright = ({ root }: Release): string =>
  `${readFileSync(join(root, "LICENSE"), "utf8")}
The licences of the bundled third-party code are in THIRD-PARTY-LICENCES.txt in this folder.
`;

/** @throws Error when CHANGELOG.md does not describe this version */
function changelog({ root, version, maintainer }: Release): string {
  const releases = releasesIn(readFileSync(join(root, "CHANGELOG.md"), "utf8"));
  if (releases[0]?.version !== version)
    throw new Error(
      `CHANGELOG.md: the newest release is ${releases[0]?.version}, package.json says ${version}`,
    );
  return debianChangelog(releases, maintainer);
}

const sizeOf = (folder: string): number =>
  (readdirSync(folder, { recursive: true }) as string[])
    .map((path) => statSync(join(folder, path)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
