/**
 * `node scripts/bun.mjs test/load/login.ts [--sessions N,N] [--workers N,N] [--rounds N]
 * [--seconds N]`: measures logins on LMDB, and how much of one is the call of WeChat and the write
 * of the session: each server does a little more than the one before, and all run in turns. Prints
 * a table in Markdown. Needs the executable and wrk. `npm run bench` measures the rest.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clock, random } from "../../src/main/ports.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { FilledStore } from "./filled-store.ts";
import { Requests } from "./kinds.ts";
import { describeMachine } from "./machine.ts";
import { MemoryWatch } from "./process-figures.ts";
import { copyOfFolder } from "./rates.ts";
import { type Server, sampleAnswer, startProcesses, startWaferd } from "./servers.ts";
import { APP } from "./stored-sessions.ts";
import { mib, micros, ms, rough, table, whole } from "./table.ts";
import type { AskedStore } from "./traffic.ts";
import { processorOf, rateOf, type Subject, takeTurns } from "./turns.ts";
import { median } from "./wrk.ts";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "10000,1000000" },
    workers: { type: "string", default: "1,2,4" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "2" },
  },
});
const numbers = (text: string): number[] => text.split(",").map(Number);

interface Step extends Subject {
  name: string;
  workers: number;
  sessions: number;
}

await using scope = new AsyncDisposableStack();
const sandbox = await startSandbox({ clock, random });
scope.defer(() => sandbox.stop());
sandbox.world.apps.set(APP.appid, APP.secret);
const { apiBase } = sandbox;
const requests = new Requests(sandbox);
const folder = scope.use(tempFolder());
const answerFile = join(folder.path, "answer.json");
const SERVER = join(import.meta.dir, "login-step-server.ts");

const steps: Step[] = [];
const add = (name: string, server: Server, store: AskedStore, workers: number): void => {
  scope.use(server);
  const traffic = (seconds: number) => requests.make("login", store, seconds);
  const { sessions } = store;
  steps.push({ name, server, traffic, warming: 2, look: true, workers, sessions });
};

for (const [place, sessions] of numbers(values.sessions).entries()) {
  const store = scope.use(await FilledStore.make("lmdb", sessions));
  for (const workers of numbers(values.workers)) {
    const asked = scope.use(copyOfFolder(store));
    const waferd = await startWaferd(asked.place, { workers, apiBase });
    writeFileSync(
      answerFile,
      JSON.stringify(await sampleAnswer(waferd.url, await requests.make("login", asked, 0.001))),
    );
    const start = (dataDir: string): Promise<Server> =>
      startProcesses([SERVER, answerFile, apiBase, dataDir], workers);
    // The call of WeChat is the same at every size.
    if (place === 0) add("asks WeChat", await start(""), asked, workers);
    if (workers === 1) {
      const written = scope.use(copyOfFolder(store));
      add("asks WeChat, issues the session", await start(written.place.dataDir), written, workers);
    }
    add("waferd", waferd, asked, workers);
  }
}

using watch = new MemoryWatch(steps.map(({ server }) => server));
const turns = await takeTurns(steps, {
  ...{ rounds: Number(values.rounds), seconds: Number(values.seconds) },
  onTurn: (subject, round) => {
    const { name, workers, sessions } = subject as Step;
    console.error(`round ${round}: ${name}, ${workers} workers, ${sessions} sessions`);
  },
});
const rows = [...turns].map(([{ name, server, workers, sessions }, taken]) => [
  ...[name, `${workers}`, whole(sessions), rough(rateOf(taken)), micros(processorOf(taken))],
  ...[ms(median(taken.map(({ p99 }) => p99))), mib(watch.most(server).own)],
]);
console.log(`${describeMachine()}. Medians of ${values.rounds} rounds of ${values.seconds} s.\n`);
console.log(
  table(
    ["server", "workers", "sessions", "logins a second", "processor, µs", "p99, ms", "own MiB"],
    rows,
  ),
);
