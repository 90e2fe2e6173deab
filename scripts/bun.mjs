/**
 * `node scripts/bun.mjs FILE [ARG …]`: runs a script with the project's Bun, and installs it first
 * if necessary.
 */
import { bunPath, install, run } from "./install.mjs";

install();
run(bunPath(), process.argv.slice(2));
