/**
 * `node scripts/bun.mjs test/load/verify.ts [--sessions N,N] [--rounds N] [--seconds N] [--keep
 * FOLDER]`: measures the checks a second of waferd in its default configuration, on LMDB, and those
 * of a bare `Bun.serve`, in turns. Needs the executable and wrk. `npm run bench` measures the rest.
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tempFolder } from "../harness/temp-folder.ts";
import { describeMachine } from "./machine.ts";
import { sampleAnswer, startBare, startWaferd } from "./servers.ts";
import { fillStore } from "./stored-sessions.ts";
import { checks } from "./traffic.ts";
import { rateOf, ratioOf, takeTurns } from "./turns.ts";
import { median } from "./wrk.ts";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "10000,1000000" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    /** Folder that keeps filled data folders for further runs. */
    keep: { type: "string" },
  },
});

/** Measures waferd with so many sessions beside bare servers, and returns its checks a second. */
async function measure(sessions: number, dataDir: string): Promise<number> {
  const place = { address: "", dataDir };
  if (!existsSync(dataDir)) {
    const startedAt = performance.now();
    await fillStore({ ...place, sessions });
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const bytes = Math.round(statSync(join(dataDir, "data.mdb")).size / sessions);
    console.log(`filled with ${sessions} sessions in ${seconds} s, ${bytes} bytes each`);
  }
  using requests = tempFolder();
  const asked = { place, sessions, folder: requests.path };
  const traffic = checks(asked);
  await using waferd = await startWaferd(place);
  const answer = await sampleAnswer(waferd.url, traffic);
  await using bare = await startBare(answer);
  await using headless = await startBare({ ...answer, headers: {} });
  const turns = await takeTurns(
    [
      // Long enough to check every session once: the first access to a page of the file is slower.
      {
        name: "waferd",
        server: waferd,
        warming: Math.ceil(2 + Math.min(sessions, 100_000) / 12_500),
      },
      { name: "bare", server: bare, warming: 2 },
      { name: "bare without headers", server: headless, warming: 2 },
    ].map((subject) => ({ ...subject, traffic: () => traffic })),
    { rounds: Number(values.rounds), seconds: Number(values.seconds) },
  );
  const [ours = []] = turns.values();
  const processor = (of: typeof ours): number => median(of.map((turn) => turn.processor));
  console.log(`${sessions} sessions, medians of ${values.rounds} rounds side by side:`);
  for (const [{ name }, taken] of turns) {
    const rates = taken.map(({ requestsPerSecond }) => Math.round(requestsPerSecond));
    const p99 = median(taken.map((turn) => turn.p99)).toFixed(2);
    console.log(
      `  ${name.padEnd(20)} ${Math.round(rateOf(taken))}/s (${Math.min(...rates)} to ${Math.max(...rates)}), p99 ${p99} ms, ${processor(taken).toFixed(1)} us of processor a check; waferd is ${ratioOf(ours, taken).toFixed(2)} of it, by processor ${(processor(taken) / processor(ours)).toFixed(2)}`,
    );
  }
  return rateOf(ours);
}

console.log(describeMachine());
using folder = tempFolder();
const counts = values.sessions.split(",").map(Number);
const rates: number[] = [];
for (const sessions of counts)
  rates.push(await measure(sessions, join(values.keep ?? folder.path, `data-${sessions}`)));
if (rates.length > 1)
  console.log(
    `${counts.at(-1)} sessions keep ${((rates.at(-1) ?? 0) / (rates[0] ?? 1)).toFixed(3)} of the figure at ${counts[0]}`,
  );
