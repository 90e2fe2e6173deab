import { SHARED_STORES } from "../harness/shared-store.ts";
import { sendFromDocument } from "../rest/from-document.ts";
import { outage } from "../shared/outage.ts";
import { DAMAGES } from "./damaged-files.ts";
import { fuzz } from "./fuzz.ts";
import { importSessions } from "./import-sessions.ts";
import { KILLS } from "./kill-rounds.ts";
import { MEMORY } from "./memory.ts";
import type { Part } from "./part.ts";
import { POWER_CUTS } from "./power-cut.ts";
import { REQUESTS } from "./requests.ts";

/** How long the server of a shared store is away, in milliseconds. */
const AWAY_MS = 3000;

/** A failure here is reduced to the smallest request that shows it. */
export const ENVELOPES: Part = {
  name: "envelope",
  rounds: 50_000,
  async run({ rounds, seed }) {
    await fuzz(rounds, seed);
    return `${rounds} random requests to the envelope, every answer with a known code`;
  },
};

const FROM_DOCUMENT: Part = {
  name: "rest",
  rounds: 50_000,
  async run({ rounds, seed }) {
    const statuses = [...(await sendFromDocument(rounds, seed))].sort(([a], [b]) => a - b);
    const counts = statuses.map(([status, count]) => `${status}: ${count}`).join(", ");
    return `${rounds} requests generated from the document, ${counts}`;
  },
};

const OUTAGES: Part = {
  name: "outages",
  rounds: 1,
  async run({ rounds, report }) {
    const figures: string[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      for (const { name, start } of Object.values(SHARED_STORES))
        for (const kind of ["kill", "hang"] as const) {
          await using server = await start();
          const { acknowledged, lost, slowestFailure, recovery } = await outage(
            server,
            kind,
            AWAY_MS,
          );
          const told = `${name}, ${kind}: ${acknowledged} sessions acknowledged, ${lost} lost, slowest failure ${Math.round(slowestFailure)} ms, service again after ${Math.round(recovery)} ms`;
          if (lost > 0) throw new Error(told);
          figures.push(told);
        }
      report(round);
    }
    return figures.join("; ");
  },
};

export const IMPORTS: Part = {
  name: "import",
  rounds: 1_000_000,
  async run({ rounds }) {
    const figures: string[] = [];
    const into = async (name: string, store: string): Promise<void> => {
      const { seconds, rate, memory } = await importSessions(rounds, store);
      figures.push(
        `${rounds} sessions into ${name} in ${seconds} s, ${rate} a second, ${memory} MiB of memory`,
      );
    };
    await into("the embedded store", "");
    for (const { name, start } of Object.values(SHARED_STORES)) {
      await using server = await start();
      await into(name, await server.address());
    }
    return figures.join("; ");
  },
};

/** All parts, in the order of their runs. */
export const PARTS: readonly Part[] = [
  ...[KILLS, POWER_CUTS, DAMAGES],
  ...[REQUESTS, ENVELOPES, FROM_DOCUMENT],
  ...[OUTAGES, IMPORTS, MEMORY],
];
