/**
 * `npm run bench [-- --quick] [--stores lmdb,redis,mysql] [--sessions N,N] [--workers N,N] [--rounds N] [--seconds N]`: what
 * waferd does in its default configuration, beside a bare `Bun.serve`. Progress goes to standard error, tables in Markdown
 * to standard output. Needs the executable; the rest it installs, where it may.
 */
import { parseArgs } from "node:util";
import { runBench, type StoreFigures } from "../test/load/bench.ts";
import { describeMachine } from "../test/load/machine.ts";
import { report } from "../test/load/report.ts";
import { USUAL_CROWD } from "../test/load/wrk.ts";
import { installPrograms } from "./debian.mjs";

const { values } = parseArgs({
  options: {
    /** A minute's worth, to see whether the bench works. */
    quick: { type: "boolean", default: false },
    stores: { type: "string", default: "lmdb,redis,mysql" },
    sessions: { type: "string" },
    workers: { type: "string", default: `1,${navigator.hardwareConcurrency}` },
    rounds: { type: "string" },
    seconds: { type: "string" },
    starts: { type: "string" },
    /** How many expired sessions are put into the first store, and into each of the others. */
    expired: { type: "string" },
    "sweep-seconds": { type: "string" },
  },
});

const FULL = { sessions: "10000,1000000", rounds: "3", seconds: "2", starts: "7", expired: "1000000,100000" };
const QUICK = { sessions: "1000,10000", rounds: "1", seconds: "1", starts: "1", expired: "10000,10000" };
const chosen = { ...(values.quick ? QUICK : FULL), ...values };
const numbers = (text: string): number[] => text.split(",").map(Number);
const [expired = 0, expiredInOthers = expired] = numbers(chosen.expired);

installPrograms(["wrk", "redis-server", "mariadbd", "my_print_defaults"], "the bench");
const startedAt = performance.now();
const progress = (text: string): void =>
  console.error(`${Math.round((performance.now() - startedAt) / 1000)} s ${text}`);

const figures: StoreFigures[] = [];
const measured = runBench({
  stores: values.stores.split(","),
  sessions: numbers(chosen.sessions).sort((one, other) => one - other),
  workers: numbers(values.workers),
  crowd: USUAL_CROWD,
  warm: !values.quick,
  rounds: Number(chosen.rounds),
  seconds: Number(chosen.seconds),
  starts: Number(chosen.starts),
  expired: [expired, expiredInOthers],
  sweepSeconds: Number(values["sweep-seconds"] ?? (values.quick ? 2 : 25)),
  report: progress,
});
try {
  for await (const ofStore of measured) figures.push(ofStore);
} finally {
  // When a store fails, the others were not measured in vain.
  progress("done");
  console.log(`${describeMachine()}. Medians of ${chosen.rounds} rounds of ${chosen.seconds} s.\n`);
  console.log(report(figures));
}
