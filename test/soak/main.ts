/**
 * `npm run soak [-- ROUNDS REQUESTS SESSIONS]`: runs the random tests for long and prints their
 * figures. Needs the executable.
 */
import { SHARED_STORES } from "../harness/shared-store.ts";
import { sendFromDocument } from "../rest/from-document.ts";
import { outage } from "../shared/outage.ts";
import { fuzz } from "./fuzz.ts";
import { importSessions } from "./import-sessions.ts";
import { killRounds } from "./kill-rounds.ts";

const [rounds = 200, requests = 50_000, sessions = 1_000_000] = process.argv.slice(2).map(Number);

const startedAt = performance.now();
const seconds = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`;

const statistics = await killRounds(rounds, (round) => {
  if (round % 20 === 0) console.log(`kill -9: round ${round} of ${rounds}, ${seconds()}`);
});
console.log(
  `kill -9: ${statistics.rounds} rounds, ${statistics.acknowledged} sessions acknowledged, ${statistics.verified} checks after a kill, none lost, ${seconds()}`,
);
await fuzz(requests);
console.log(`fuzz: ${requests} requests, every answer with a known code, ${seconds()}`);
const statuses = await sendFromDocument(requests);
const counts = [...statuses]
  .sort(([a], [b]) => a - b)
  .map(([status, count]) => `${status}: ${count}`);
console.log(
  `REST: ${requests} requests generated from the document, ${counts.join(", ")}, ${seconds()}`,
);

for (const { name, start } of Object.values(SHARED_STORES))
  for (const kind of ["kill", "hang"] as const) {
    await using server = await start();
    const { acknowledged, lost, slowestFailure, recovery } = await outage(server, kind, 3000);
    console.log(
      `${name}, ${kind}: ${acknowledged} sessions acknowledged, ${lost} lost, slowest failure ${Math.round(slowestFailure)} ms, service again after ${Math.round(recovery)} ms`,
    );
  }

const imported = async (name: string, store: string): Promise<void> => {
  const { seconds: took, rate, memory } = await importSessions(sessions, store);
  console.log(
    `import into ${name}: ${sessions} sessions in ${took} s, ${rate}/s, ${memory} MiB of memory`,
  );
};
await imported("the embedded store", "");
for (const { name, start } of Object.values(SHARED_STORES)) {
  await using server = await start();
  await imported(name, await server.address());
}
