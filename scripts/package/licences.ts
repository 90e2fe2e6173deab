import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lockedPackages, nameOf } from "./lock.ts";

const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notice)/i;
/** Licences that lie deeper in a package, of what is compiled into its addon. */
const DEEPER: Record<string, readonly string[]> = {
  lmdb: ["dependencies/lmdb/libraries/liblmdb/LICENSE", "dependencies/lmdb/libraries/liblmdb/COPYRIGHT"],
};
const bunText = (version: string): string => `
Bun is under the MIT licence. It holds JavaScriptCore, which is under the LGPL 2, and further libraries. All of them, and the
way to link Bun anew with another JavaScriptCore: https://github.com/oven-sh/bun/blob/bun-v${version}/LICENSE.md
`;

/** The licences of all that is in the executables beside our own code, in one text. */
export function thirdPartyLicences(root: string, bundled: readonly string[]): string {
  const packages = lockedPackages(root);
  const bunVersion = packages.get("node_modules/bun")?.version ?? "";
  const chapters = bundled.map((folder) => {
    const entry = packages.get(folder);
    const path = join(root, folder);
    const files = existsSync(path) ? readdirSync(path).filter((file) => LICENCE_FILE.test(file)) : [];
    const texts = [...files, ...(DEEPER[nameOf(folder)] ?? [])]
      .sort()
      .map((file) => `\n${readFileSync(join(path, file), "utf8").replaceAll("\r\n", "\n").trim()}\n`);
    return chapter(`${nameOf(folder)} ${entry?.version}, ${entry?.license}`, texts.join(""));
  });
  return [
    "What the executable of waferd holds of others, each with its licence.\n",
    chapter(`bun ${bunVersion}, MIT and others`, bunText(bunVersion)),
    ...chapters,
  ].join("\n");
}

const chapter = (title: string, text: string): string => `${"=".repeat(80)}\n${title}\n${text}`;
