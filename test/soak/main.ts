/**
 * `npm run soak [-- PART... --rounds N --seed S]`: runs the long forms of the random tests, one
 * after the other, and prints their figures. Needs the executable. Ends with 1 if a part failed.
 */
import { parseArgs } from "node:util";
import { newSeed } from "./part.ts";
import { PARTS } from "./parts.ts";

/** Time between two lines of progress, in milliseconds. */
const PROGRESS_MS = 10_000;

const names = PARTS.map(({ name }) => name);
const { values, positionals } = parseArgs({
  options: { rounds: { type: "string" }, seed: { type: "string" } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !names.includes(name));
const numbers = [values.rounds ?? "1", values.seed ?? "1"];
if (unknown.length > 0 || numbers.some((text) => !/^\d{1,10}$/.test(text))) {
  console.error(
    `usage: npm run soak -- [PART...] [--rounds N] [--seed S]\nparts: ${names.join(", ")}`,
  );
  process.exit(2);
}

let failed = 0;
for (const { name, rounds: usual, run } of PARTS) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const rounds = Number(values.rounds ?? usual);
  const seed = Number(values.seed ?? newSeed());
  const startedAt = performance.now();
  const seconds = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`;
  console.log(`${name}: ${rounds} rounds, --seed ${seed}`);
  let toldAt = startedAt;
  const report = (done: number, figures?: string): void => {
    if (performance.now() - toldAt < PROGRESS_MS) return;
    toldAt = performance.now();
    const seen = figures === undefined ? "" : `, ${figures}`;
    console.log(`${name}: ${done} of ${rounds}, ${seconds()}${seen}`);
  };
  try {
    const figures = await run({ rounds, seed, report });
    console.log(`${name}: passed: ${figures}, --seed ${seed}, ${seconds()}`);
  } catch (error) {
    failed += 1;
    console.error(error);
    console.log(
      `${name}: FAILED: ${(error as Error).message.split("\n")[0]}, --seed ${seed}, ${seconds()}`,
    );
  }
}
process.exit(failed > 0 ? 1 : 0);
