/**
 * `npm run bench [-- --quick] [--stores lmdb,redis,mysql] [--sessions N,N] [--workers N,N]
 * [--rounds N] [--seconds N]`: measures waferd in its default configuration, beside a bare
 * `Bun.serve`. `--huge [--sessions SMALL,LARGE] [--fill-seconds N]` measures ten million sessions
 * on LMDB instead; `--compare COMMIT [--sessions N] [--requests KIND,KIND]` measures requests with
 * this build and with that of another commit. Progress goes to standard error, tables in Markdown
 * to standard output. Needs the executable; installs the other programs where it may.
 */
import { parseArgs } from "node:util";
import { installPrograms, unmet } from "../../scripts/programs.mjs";
import { DRIVER_NAMES } from "../../src/config/drivers/drivers.ts";
import { runBench, type StoreFigures } from "./bench.ts";
import { type ComparedRow, compareBuilds, reportComparison } from "./compare.ts";
import { measureHuge, reportHuge } from "./huge.ts";
import { parseKinds, REQUESTS } from "./kinds.ts";
import { describeMachine } from "./machine.ts";
import { report } from "./report.ts";
import { parseDrivers } from "./stores.ts";
import { DEFAULT_CONCURRENCY } from "./wrk.ts";

const { values } = parseArgs({
  options: {
    /** A short run, to see whether the bench works. */
    quick: { type: "boolean", default: false },
    stores: { type: "string", default: DRIVER_NAMES.join(",") },
    sessions: { type: "string" },
    workers: { type: "string", default: "1,2,4" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    starts: { type: "string" },
    /**
     * The numbers of expired sessions that are put into the first store, and into each of the
     * others.
     */
    expired: { type: "string" },
    "sweep-seconds": { type: "string" },
    huge: { type: "boolean", default: false },
    /** A commit to measure in turns with this build. */
    compare: { type: "string" },
    /** The kinds of requests that `--compare` measures. */
    requests: { type: "string", default: REQUESTS.join(",") },
    /** The most seconds for filling the larger store of `--huge`. */
    "fill-seconds": { type: "string", default: "1800" },
  },
});

const FULL = {
  sessions: "10000,1000000",
  rounds: "3",
  seconds: "2",
  starts: "7",
  expired: "1000000,100000",
};
const QUICK = {
  sessions: "1000,10000",
  rounds: "1",
  seconds: "1",
  starts: "1",
  expired: "10000,10000",
};
const HUGE = { sessions: "10000,10000000", expired: "100000" };
const COMPARE = { sessions: "100000" };
const chosen = {
  ...(values.quick ? QUICK : FULL),
  ...(values.huge && HUGE),
  ...(values.compare !== undefined && COMPARE),
  ...values,
};
const numbers = (text: string): number[] => text.split(",").map(Number);
const [expired = 0, expiredInOthers = expired] = numbers(chosen.expired);

const PROGRAMS = [
  ...["wrk", "nginx"],
  ...["redis-server", "redis-cli", "redis-benchmark"],
  "mariadbd",
  "mariadb-install-db",
  "my_print_defaults",
];
installPrograms(PROGRAMS);
const missing = unmet(PROGRAMS);
if (missing.length > 0) {
  console.error(`waferd: the bench needs ${missing.join(", ")}`);
  process.exit(1);
}
const startedAt = performance.now();
const progress = (text: string): void =>
  console.error(`${Math.round((performance.now() - startedAt) / 1000)} s ${text}`);

const told = `${describeMachine()}. Medians of ${chosen.rounds} rounds of ${chosen.seconds} s.\n`;
const shared = {
  rounds: Number(chosen.rounds),
  seconds: Number(chosen.seconds),
  starts: Number(chosen.starts),
  sweepSeconds: Number(values["sweep-seconds"] ?? (values.quick ? 2 : 25)),
  warm: !values.quick,
  report: progress,
};
const sessions = numbers(chosen.sessions).sort((one, other) => one - other);

if (values.huge) {
  const [small = 0, large = small] = sessions;
  const fillSeconds = Number(values["fill-seconds"]);
  const figures = await measureHuge({ ...shared, small, large, expired, fillSeconds });
  progress("done");
  console.log(`${told}\n${reportHuge(figures)}`);
} else if (values.compare !== undefined) {
  const rows: ComparedRow[] = [];
  try {
    for await (const ofStore of compareBuilds({
      ...shared,
      commit: values.compare,
      stores: parseDrivers(values.stores),
      sessions: sessions.at(-1) ?? 0,
      workers: numbers(values.workers),
      requests: parseKinds(values.requests),
    }))
      rows.push(...ofStore);
  } finally {
    progress("done");
    console.log(`${told}\n${reportComparison(values.compare, rows)}`);
  }
} else {
  const figures: StoreFigures[] = [];
  const measured = runBench({
    ...shared,
    stores: parseDrivers(values.stores),
    sessions,
    workers: numbers(values.workers),
    concurrency: DEFAULT_CONCURRENCY,
    expired: [expired, expiredInOthers],
    peers: true,
  });
  try {
    for await (const ofStore of measured) figures.push(ofStore);
  } finally {
    // When a store fails, print the figures of the others.
    progress("done");
    console.log(`${told}\n${report(figures)}`);
  }
}
