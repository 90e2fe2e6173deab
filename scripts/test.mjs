/**
 * `npm test`: installs what is missing, where it may, then runs every step whose needs are met, and
 * ends with one summary.
 */
import { install } from "./install.mjs";
import { installPrograms, unmet } from "./programs.mjs";
import { Summary } from "./run-steps.mjs";
import { FIRST, fromPackage, GROUPS, PACKING, STATIC } from "./test-steps.mjs";

install();
installPrograms([...FIRST, ...GROUPS.flat()].flatMap(({ needs = [] }) => needs));

// Where packages can be made, the tests run what users get.
if (unmet(PACKING).length === 0) Object.assign(process.env, fromPackage);
const summary = new Summary();
await summary.run([...STATIC, ...FIRST]);
await Promise.all(GROUPS.map((group) => summary.run(group)));
summary.end();
