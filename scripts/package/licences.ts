import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lockedPackages, nameOf } from "./lock.ts";

const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notice)/i;
/** Licences in subfolders of a package, of code that is compiled into its addon. */
const DEEPER: Record<string, readonly string[]> = {
  lmdb: [
    "dependencies/lmdb/libraries/liblmdb/LICENSE",
    "dependencies/lmdb/libraries/liblmdb/COPYRIGHT",
  ],
};
const bunText = (version: string): string => `
Bun is under the MIT licence. It contains JavaScriptCore, which is under the LGPL 2, and further libraries. They are listed,
with how to relink Bun with another JavaScriptCore, at https://github.com/oven-sh/bun/blob/bun-v${version}/LICENSE.md
`;

/** Returns the licences of all third-party code in the executables, as one text. */
export function thirdPartyLicences(root: string, bundled: readonly string[]): string {
  const packages = lockedPackages(root);
  const bunVersion = packages.get("node_modules/bun")?.version ?? "";
  const chapters = bundled.map((folder) => {
    const entry = packages.get(folder);
    const path = join(root, folder);
    const files = existsSync(path)
      ? readdirSync(path).filter((file) => LICENCE_FILE.test(file))
      : [];
    const texts = [...files, ...(DEEPER[nameOf(folder)] ?? [])]
      .sort()
      .map(
        (file) => `\n${readFileSync(join(path, file), "utf8").replaceAll("\r\n", "\n").trim()}\n`,
      );
    return chapter(`${nameOf(folder)} ${entry?.version}, ${entry?.license}`, texts.join(""));
  });
  return [
    "The third-party code in the executable of waferd, each part with its licence.\n",
    chapter(`bun ${bunVersion}, MIT and others`, bunText(bunVersion)),
    ...chapters,
  ].join("\n");
}

const chapter = (title: string, text: string): string => `${"=".repeat(80)}\n${title}\n${text}`;
