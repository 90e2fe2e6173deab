import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { unitText } from "../../src/cli/service/unit.ts";
import { sampleConf } from "../../src/config/sample.ts";
import type { OptionName } from "../../src/config/schema.ts";
import type { PackedFile, PackedFiles } from "./archive.ts";

/** What all packages of one version share. */
export interface Release {
  root: string;
  /** Where the packages go. */
  out: string;
  /** A folder for what is only needed meanwhile. */
  work: string;
  version: string;
  /** When the source was committed: the time of every file, in seconds. */
  seconds: number;
  /** Who answers for the .deb: `name <address>`. */
  maintainer: string;
  /** The licences of what the executables hold. */
  licences: string;
}

/** A file that lies beside this script. */
export const own = (path: string): PackedFile => ({ from: join(import.meta.dir, "files", path) });

/** The time of the last commit; of an unpacked source without git, that of package.json. */
export function sourceSeconds(root: string): number {
  const { status, stdout } = spawnSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" });
  if (status === 0) return Number(stdout);
  return Math.floor(Bun.file(join(root, "package.json")).lastModified / 1000);
}

/** A configuration file with every option explained. */
export const conf = (values: Partial<Record<OptionName, string>>): PackedFile => ({
  text: sampleConf(values),
});

/** The unit, as `waferd service install` writes it. */
export const unit = (executable: string): PackedFile => ({
  text: unitText({ executable, config: "/etc/waferd/app.conf", writable: [], privilegedPort: false }),
});

/** The licences, ours and the others'. */
export const licences = ({ root, licences }: Release): PackedFiles => ({
  LICENSE: { from: join(root, "LICENSE") },
  "THIRD-PARTY-LICENCES.txt": { text: licences },
});

/** The first page of an archive, in English and in Chinese. */
export function readme({ version }: Release): PackedFiles {
  const text = (file: string): PackedFile => ({
    text: readFileSync(join(import.meta.dir, "files", file), "utf8").replaceAll("@VERSION@", version),
  });
  return { "README.md": text("README.md"), "README.zh-CN.md": text("README.zh-CN.md") };
}

/** The pages for operators and callers, by their path below `docs`. */
export const pages = ({ root }: Release): PackedFiles =>
  Object.fromEntries(
    readdirSync(join(root, "docs"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(join(root, "docs"), join(entry.parentPath, entry.name)))
      .filter((path) => !path.startsWith("decisions") && path !== "architecture.md")
      .sort()
      .map((path) => [path, { from: join(root, "docs", path) }]),
  );
