/** Makes dist/waferd, the one executable, for the platform that it is built on. */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { hostTarget, lmdbAddon } from "./lmdb-addon.ts";

const root = join(import.meta.dir, "..");
const outfile = join(root, "dist", process.platform === "win32" ? "waferd.exe" : "waferd");

mkdirSync(join(root, "dist"), { recursive: true });
const result = await Bun.build({
  entrypoints: [join(root, "src/main.ts")],
  // What lies in the folder where an operator starts it must not configure it, let alone run in it.
  compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
  sourcemap: "none",
  define: {
    "process.env.NODE_ENV": '"production"',
    // lmdb's codec would look for an addon of its own in the node_modules of the machine that built it.
    "process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED": '"true"',
  },
  plugins: [lmdbAddon(root, hostTarget())],
});
for (const log of result.logs) console.error(log);
console.log(`${outfile}: ${Math.round(statSync(outfile).size / 1024 / 1024)} MiB`);
