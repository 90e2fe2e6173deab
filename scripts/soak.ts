/** `npm run soak [-- ROUNDS REQUESTS]`: the long form of the random tests, with their figures. Needs the executable. */
import { sendFromDocument } from "../test/rest/from-document.ts";
import { fuzz } from "../test/soak/fuzz.ts";
import { killRounds } from "../test/soak/kill-rounds.ts";

const [rounds = 200, requests = 50_000] = process.argv.slice(2).map(Number);

const startedAt = performance.now();
const seconds = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`;

const statistics = await killRounds(rounds, (round) => {
  if (round % 20 === 0) console.log(`kill -9: round ${round} of ${rounds}, ${seconds()}`);
});
console.log(
  `kill -9: ${statistics.rounds} rounds, ${statistics.acknowledged} sessions acknowledged, ${statistics.verified} checks after a kill, none lost, ${seconds()}`,
);
await fuzz(requests);
console.log(`fuzz: ${requests} requests, every answer of the table, ${seconds()}`);
const statuses = await sendFromDocument(requests);
const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
console.log(`REST: ${requests} requests made from the document, ${counts.join(", ")}, ${seconds()}`);
