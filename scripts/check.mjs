/**
 * `npm run check`: runs the checks that need neither root nor other programs nor the executable.
 */
import { install } from "./install.mjs";
import { Summary } from "./run-steps.mjs";
import { STATIC, UNIT } from "./test-steps.mjs";

install();
const summary = new Summary();
await Promise.all([summary.run(STATIC), summary.run([UNIT])]);
summary.end();
