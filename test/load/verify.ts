/**
 * `node scripts/bun.mjs test/load/verify.ts [--sessions N,N] [--rounds N] [--seconds N] [--keep FOLDER] [--due]`:
 * checks a second of waferd in its default configuration, on LMDB, beside those of a bare `Bun.serve`, in turns. Needs
 * the executable and wrk.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tempFolder } from "../harness/temp-folder.ts";
import { Waferd } from "../harness/waferd.ts";
import type { SampleAnswer } from "./bare-server.ts";
import { fillStore } from "./stored-sessions.ts";
import { load, median } from "./wrk.ts";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "10000,1000000" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    /** Where filled data folders are kept from run to run; without it they are made anew. */
    keep: { type: "string" },
    due: { type: "boolean", default: false },
  },
});

/** One check, sent as the load generator sends it: the answer's bytes but for what Bun adds. */
async function sampleAnswer(url: string, proofs: string): Promise<SampleAnswer> {
  const [id, skey] = readFileSync(proofs, "utf8").split(/\s/, 2);
  const body = JSON.stringify({
    version: 1,
    componentName: "MA",
    interface: { interfaceName: "qcloud.cam.auth", para: { id, skey } },
  });
  const response = await fetch(url, { method: "POST", body });
  const { date: _date, "content-length": _length, ...headers } = Object.fromEntries(response.headers);
  return { body: await response.text(), headers };
}

/** A server under measurement. */
interface Subject extends Disposable {
  name: string;
  url: string;
  pid: number;
}

/** What the rounds of one subject gave. */
interface Figures {
  rates: number[];
  p99s: number[];
  /** Microseconds of processor a check, all of the server's threads together. */
  processor: number[];
}

async function startBareServer(name: string, answer: SampleAnswer, folder: string): Promise<Subject> {
  const file = join(folder, "answer.json");
  writeFileSync(file, JSON.stringify(answer));
  const server = Bun.spawn([process.execPath, join(import.meta.dir, "bare-server.ts"), file], {
    stdout: "pipe",
    stderr: "inherit",
  });
  for await (const chunk of server.stdout) {
    const url = `http://127.0.0.1:${Number(new TextDecoder().decode(chunk))}/`;
    return { name, url, pid: server.pid, [Symbol.dispose]: () => server.kill() };
  }
  throw new Error("the bare server did not start");
}

/** Measures waferd at so many sessions beside the bare servers; returns its checks a second. */
async function measure(sessions: number, dataDir: string, folder: string): Promise<number> {
  const proofs = `${dataDir}.proofs`;
  if (!existsSync(proofs)) {
    const startedAt = performance.now();
    await fillStore({ dataDir, sessions, proofs, due: values.due });
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const bytes = Math.round(statSync(join(dataDir, "data.mdb")).size / sessions);
    console.log(`filled with ${sessions} sessions in ${seconds} s, ${bytes} bytes each`);
  }
  await using waferd = await Waferd.start({ dataDir });
  const url = `${waferd.url}/`;
  const answer = await sampleAnswer(url, proofs);
  using bare = await startBareServer("bare", answer, folder);
  using headless = await startBareServer("bare without headers", { body: answer.body, headers: {} }, folder);
  const subjects: readonly Subject[] = [
    { name: "waferd", url, pid: waferd.pid, [Symbol.dispose]: () => undefined },
    bare,
    headless,
  ];
  const figures = new Map<Subject, Figures>();
  for (const subject of subjects) {
    figures.set(subject, { rates: [], p99s: [], processor: [] });
    // Long enough to have met every session before: a page of the file costs more when it is touched first.
    const warming = subject.url === url ? Math.ceil(2 + Math.min(sessions, 100_000) / 12_500) : 2;
    await load({ url: subject.url, proofs, seconds: warming, look: true });
  }
  const seconds = Number(values.seconds);
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const [{ url, pid }, { rates, p99s, processor }] of figures) {
      const before = processorSeconds(pid);
      const { requestsPerSecond, requests, p99 } = await load({ url, proofs, seconds });
      rates.push(requestsPerSecond);
      p99s.push(p99);
      processor.push(((processorSeconds(pid) - before) / requests) * 1e6);
    }
  const [ours] = figures.values();
  if (ours === undefined) throw new Error("nothing was measured");
  console.log(`${sessions} sessions, medians of ${values.rounds} rounds side by side:`);
  for (const [{ name }, { rates, p99s, processor }] of figures) {
    const ratio = median(ours.rates.map((rate, round) => rate / (rates[round] ?? rate)));
    console.log(
      `  ${name.padEnd(20)} ${Math.round(median(rates))}/s (${Math.round(Math.min(...rates))} to ${Math.round(Math.max(...rates))}), p99 ${median(p99s).toFixed(2)} ms, ${median(processor).toFixed(1)} us of processor a check; waferd is ${ratio.toFixed(2)} of it, by processor ${(median(processor) / median(ours.processor)).toFixed(2)}`,
    );
  }
  return median(ours.rates);
}

/** What a process has used so far, all its threads together. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

console.log(`${cpus().length} x ${cpus()[0]?.model}, shared with the load generator; Bun ${Bun.version}`);
using folder = tempFolder();
const counts = values.sessions.split(",").map(Number);
const rates: number[] = [];
for (const sessions of counts)
  rates.push(await measure(sessions, join(values.keep ?? folder.path, `data-${sessions}`), folder.path));
if (rates.length > 1)
  console.log(
    `${counts.at(-1)} sessions keep ${((rates.at(-1) ?? 0) / (rates[0] ?? 1)).toFixed(3)} of the figure at ${counts[0]}`,
  );
