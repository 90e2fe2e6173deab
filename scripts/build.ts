/** Builds dist/waferd, the executable, for this platform. */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { compile } from "./compile.ts";
import { hostTarget } from "./lmdb-addon.ts";

const root = join(import.meta.dir, "..");
const outfile = join(root, "dist", process.platform === "win32" ? "waferd.exe" : "waferd");

mkdirSync(join(root, "dist"), { recursive: true });
await compile(root, outfile, { addon: hostTarget() });
console.log(`${outfile}: ${Math.round(statSync(outfile).size / 1024 / 1024)} MiB`);
