/**
 * `prepare.ts FOLDER`: makes the packages for this machine in `packages`, and unpacks the tar.gz in
 * `unpacked`.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { HOST, pack, packagesIn, unpack } from "./made.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("name a folder");
// Should packing fail, no older packages are left to be tested.
rmSync(folder, { recursive: true, force: true });
const [packages, unpacked] = [join(folder, "packages"), join(folder, "unpacked")];
await pack(HOST?.name ?? "", packages);
mkdirSync(unpacked);
unpack(packagesIn(packages), unpacked);
