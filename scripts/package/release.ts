import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { unitText } from "../../src/cli/service/unit.ts";
import { sampleConf } from "../../src/config/sample.ts";
import type { OptionName } from "../../src/config/schema.ts";
import type { PackedFile, PackedFiles } from "./archive.ts";

/** The common parts of all packages of one version. */
export interface Release {
  root: string;
  /** Folder for the packages. */
  out: string;
  /** Folder for temporary files. */
  work: string;
  version: string;
  /** Time of the commit, and of every file, in Unix seconds. */
  seconds: number;
  /** Maintainer of the .deb: `name <address>`. */
  maintainer: string;
  /** Licences of the third-party code in the executables. */
  licences: string;
}

/** Returns a file of the folder `files` beside this script. */
export const own = (path: string): PackedFile => ({ from: join(import.meta.dir, "files", path) });

/** Returns the time of the last commit; without git, that of package.json. */
export function sourceSeconds(root: string): number {
  const { status, stdout } = spawnSync("git", ["log", "-1", "--format=%ct"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status === 0) return Number(stdout);
  return Math.floor(Bun.file(join(root, "package.json")).lastModified / 1000);
}

/** Returns a configuration file that explains every option. */
export const conf = (values: Partial<Record<OptionName, string>>): PackedFile => ({
  text: sampleConf(values),
});

/** Returns the unit that `waferd service install` writes. */
export const unit = (executable: string): PackedFile => ({
  text: unitText({
    executable,
    config: "/etc/waferd/app.conf",
    writable: [],
    privilegedPort: false,
  }),
});

/** Returns the licence of waferd and those of the third-party code. */
export const licences = ({ root, licences }: Release): PackedFiles => ({
  LICENSE: { from: join(root, "LICENSE") },
  "THIRD-PARTY-LICENCES.txt": { text: licences },
});

/** Returns the READMEs of an archive, in English and in Chinese. */
export function readme({ version }: Release): PackedFiles {
  const text = (file: string): PackedFile => ({
    text: readFileSync(join(import.meta.dir, "files", file), "utf8").replaceAll(
      "@VERSION@",
      version,
    ),
  });
  return { "README.md": text("README.md"), "README.zh-CN.md": text("README.zh-CN.md") };
}

/** Returns the pages for operators and callers, by their paths below `docs`. */
export const pages = ({ root }: Release): PackedFiles =>
  Object.fromEntries(
    readdirSync(join(root, "docs"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(join(root, "docs"), join(entry.parentPath, entry.name)))
      .filter((path) => !path.startsWith("decisions") && path !== "architecture.md")
      .sort()
      .map((path) => [path, { from: join(root, "docs", path) }]),
  );
