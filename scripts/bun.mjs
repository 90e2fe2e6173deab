/** `node scripts/bun.mjs FILE [ARG …]`: runs a script with the project's own Bun, installed first if need be. */
import { bunPath, install, run } from "./install.mjs";

install();
run(bunPath(), process.argv.slice(2));
