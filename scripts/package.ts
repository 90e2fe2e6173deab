/**
 * `npm run package [-- --targets linux-x64,… --out FOLDER --maintainer "NAME <ADDRESS>"]`: makes
 * the packages of all platforms, an SBOM, and SHA256SUMS. Needs dist/waferd, and for other
 * platforms npm's registry.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import packageJson from "../package.json" with { type: "json" };
import { compile } from "./compile.ts";
import { addonPackage } from "./lmdb-addon.ts";
import { bundledPackages } from "./package/bundled.ts";
import { debianPackage } from "./package/deb.ts";
import { fetchPackage } from "./package/fetch.ts";
import { thirdPartyLicences } from "./package/licences.ts";
import { isSignatureRight, signAdHoc } from "./package/mach-o.ts";
import { portableArchive } from "./package/portable.ts";
import { type Release, sourceSeconds } from "./package/release.ts";
import { sbom } from "./package/sbom.ts";
import { scfPackage } from "./package/scf.ts";
import { isHost, isWindows, TARGETS, type Target } from "./package/targets.ts";
import { tryOut } from "./package/try-out.ts";

/** The default maintainer. Mail to `.invalid` is never delivered (RFC 2606). */
const NOBODY = "the waferd authors <nobody@waferd.invalid>";

const root = join(import.meta.dir, "..");
const { values } = parseArgs({
  options: {
    targets: { type: "string" },
    out: { type: "string", default: join(root, "dist/packages") },
    maintainer: { type: "string", default: NOBODY },
  },
});
const { maintainer } = values;
if (!/^[^<>\n]+ <[^<>@\s]+@[^<>@\s]+>$/.test(maintainer)) {
  console.error(
    `--maintainer must be a name and an address, such as "Jane Doe <jane@example.com>"`,
  );
  process.exit(2);
}
const names = values.targets?.split(",") ?? TARGETS.map(({ name }) => name);
const unknown = names.filter((name) => !TARGETS.some((target) => target.name === name));
if (unknown.length > 0) {
  console.error(
    `no such target: ${unknown.join(", ")}; there are ${TARGETS.map(({ name }) => name).join(", ")}`,
  );
  process.exit(2);
}
const targets = TARGETS.filter(({ name }) => names.includes(name));

const out = resolve(values.out);
const work = join(out, ".work");
rmSync(out, { recursive: true, force: true });
mkdirSync(work, { recursive: true });

const { version } = packageJson;
const seconds = sourceSeconds(root);
const bundled = await bundledPackages(root, targets);
const licences = thirdPartyLicences(root, bundled);
const release: Release = { root, out, work, version, seconds, maintainer, licences };

/** Returns the target's executable: dist/waferd for this platform, or a newly compiled one. */
async function executableOf(target: Target): Promise<string> {
  if (isHost(target)) return join(root, "dist", isWindows(target) ? "waferd.exe" : "waferd");
  const cache = join(root, "dist/fetched");
  const bun = fetchPackage(root, cache, target.bunPackage);
  const outfile = join(work, `executable-${target.name}${isWindows(target) ? ".exe" : ""}`);
  await compile(root, outfile, {
    addon: target.addon,
    addonFolder: fetchPackage(root, cache, addonPackage(target.addon)),
    foreign: { name: target.bunName, bun: join(bun, "bin", isWindows(target) ? "bun.exe" : "bun") },
  });
  if (target.name.startsWith("darwin-") && !isSignatureRight(outfile)) signAdHoc(outfile);
  return outfile;
}

/** Makes all packages of a target. */
async function packagesOf(target: Target): Promise<void> {
  const executable = await executableOf(target);
  console.log(`${target.name}: ${tryOut(target, executable, version)}`);
  const { debian } = target;
  await Promise.all([
    portableArchive(release, target, executable),
    debian === undefined || debianPackage(release, { ...target, debian }, executable),
    target.name !== "linux-x64" || scfPackage(release, executable),
  ]);
}

const failed: string[] = [];
for (const target of targets) {
  try {
    await packagesOf(target);
  } catch (error) {
    failed.push(target.name);
    console.error(`${target.name}: ${(error as Error).message}`);
  }
}
rmSync(work, { recursive: true });

const timestamp = new Date(seconds * 1000).toISOString();
writeFileSync(join(out, `waferd-${version}.cdx.json`), sbom({ root, version, bundled, timestamp }));
const files = readdirSync(out).sort();
const sums = files.map(
  (file) =>
    `${createHash("sha256")
      .update(readFileSync(join(out, file)))
      .digest("hex")}  ${file}\n`,
);
writeFileSync(join(out, "SHA256SUMS"), sums.join(""));
for (const file of files)
  console.log(`${(statSync(join(out, file)).size / 2 ** 20).toFixed(1).padStart(6)} MiB  ${file}`);
if (failed.length > 0) {
  console.error(`could not be made: ${failed.join(", ")}; --targets leaves them out`);
  process.exit(1);
}
