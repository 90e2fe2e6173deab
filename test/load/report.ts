import type { StoreFigures } from "./bench.ts";
import { goalsOf } from "./goals.ts";
import type { Memory } from "./process-figures.ts";
import { mib, micros, ms, rough, table, whole } from "./table.ts";
import { processorOf, rateOf, ratioOf } from "./turns.ts";
import { median } from "./wrk.ts";

const RATES = `Processor time is of all processes of the server, user and system. A "due visit" is the first check of
its session in the interval in which one visit is written. Before each turn, up to 100 000 sessions
are made due again; a turn ends when all were checked. The processor time of due visits and of the
mix includes 1.5 s after the turn, in which gathered visits are written.`;

const MIXED = `90 % checks, 9 % checks whose visit is due, 1 % logins, by one worker. The highest rate is wrk's, as in
the row "mix". Then half of it is sent in an open loop: a clock sends every request, over 64
connections, however late the answers are. A request's time begins when the clock wanted it sent,
which it sees once a millisecond, and ends with its answer. A bare server gets the same requests at
the same rate: its times are the machine's and the client's. Each time is the median of the rounds,
and the slowest is of all.`;

const PEERS = `Other programs beside waferd with one worker, on the smallest store. nginx has one worker and serves
a small file, with and without \`auth_request\` to waferd's /forward-auth, a request for each session.
redis-benchmark sends \`HGETALL\` of one session over as many connections as wrk: the limit of a check
on Redis.`;

/** Returns all figures as tables in Markdown. */
export function report(figures: readonly StoreFigures[]): string {
  return [
    ["Requests a second", `${rates(figures)}\n\n${RATES}`],
    ["Mixed load", `${MIXED}\n\n${mixedLoads(figures)}`],
    ["Start-up", startUps(figures)],
    ["Memory", memory(figures)],
    ["Room", room(figures)],
    ["Sweeping", sweeps(figures)],
    ["Peers", `${PEERS}\n\n${peers(figures)}`],
    ["Goals", goals(figures)],
  ]
    .map(([title, text]) => `### ${title}\n\n${text}\n`)
    .join("\n");
}

function rates(figures: readonly StoreFigures[]): string {
  const rows = figures.flatMap(({ name, comparisons }) =>
    comparisons.map(({ request, workers, sessions, waferd, bare }) => [
      ...[name, request, `${workers}`, whole(sessions)],
      `**${ratioOf(waferd, bare).toFixed(2)}**`,
      ...[rough(rateOf(waferd)), rough(rateOf(bare))],
      ...[micros(processorOf(waferd)), micros(processorOf(bare))],
      ms(median(waferd.map(({ p99 }) => p99))),
    ]),
  );
  return table(
    [
      ...["store", "request", "workers", "sessions", "of bare", "a second", "bare, a second"],
      ...["processor, µs", "bare, µs", "p99, ms"],
    ],
    rows,
  );
}

const mixedLoads = (figures: readonly StoreFigures[]): string =>
  table(
    [
      ...["store", "sessions", "highest, a second", "sent, a second", "server"],
      ...["p50, ms", "p99, ms", "p99.9, ms", "slowest, ms"],
    ],
    figures.flatMap(({ name, mixed: { sessions, highest, rate, bare, ...ours } }) =>
      Object.entries({ waferd: ours, bare }).map(([server, times]) => [
        ...[name, whole(sessions), rough(highest), rough(rate), server],
        ...[ms(times.p50), ms(times.p99), ms(times.p999), ms(times.slowest)],
      ]),
    ),
  );

const startUps = (figures: readonly StoreFigures[]): string =>
  table(
    ["store", "sessions", "start to ready, ms", "fastest", "slowest"],
    figures.flatMap(({ name, sizes }) =>
      sizes.map(({ sessions, starts }) => [
        ...[name, whole(sessions), whole(median(starts))],
        ...[whole(Math.min(...starts)), whole(Math.max(...starts))],
      ]),
    ),
  );

/** Formats memory as "own (resident)". */
const both = ({ own, resident }: Memory): string => `${mib(own)} (${mib(resident)})`;

const memory = (figures: readonly StoreFigures[]): string =>
  table(
    [
      "store",
      "workers",
      "sessions",
      "worker at rest, MiB",
      "worker under load, MiB",
      "supervisor, MiB",
    ],
    figures.flatMap((of) =>
      of.memory.map(({ workers, sessions, atRest, underLoad, supervisor }) => [
        ...[of.name, `${workers}`, whole(sessions), both(atRest), both(underLoad)],
        supervisor === null ? "—" : both(supervisor),
      ]),
    ),
  );

const room = (figures: readonly StoreFigures[]): string =>
  table(
    ["store", "sessions", "bytes a session, by the store", "bytes a session, on the disk"],
    figures.flatMap(({ name, sizes, loggedInAgain }) => [
      ...sizes.map(({ sessions, room: { used, files } }) => [
        ...[name, whole(sessions), whole(used), whole(files)],
      ]),
      [
        ...[name, `${whole(sizes[0]?.sessions ?? 0)}, all logged in again`],
        ...[whole(loggedInAgain.used), whole(loggedInAgain.files)],
      ],
    ]),
  );

const sweeps = (figures: readonly StoreFigures[]): string =>
  table(
    [
      "store",
      "expired",
      "swept",
      "in s",
      "",
      "checks a second",
      "p99, ms",
      "p99.9, ms",
      "slowest, ms",
    ],
    figures.flatMap(({ name, sweep: { expired, swept, seconds, without, during } }) =>
      (
        [
          ["nothing to sweep", without, "—", "—"],
          ["sweeping", during, whole(expired), whole(swept)],
        ] as const
      ).map(([what, { requestsPerSecond, p99, p999, slowest }, ...counts]) => [
        ...[name, ...counts, `${seconds}`, what],
        ...[rough(requestsPerSecond), ms(p99), ms(p999), ms(slowest)],
      ]),
    ),
  );

const peers = (figures: readonly StoreFigures[]): string =>
  table(
    ["store", "server", "a second", "p50, ms", "p99, ms", "processor, µs"],
    figures.flatMap((of) =>
      of.peers.map(({ name, requestsPerSecond, p50, p99, processor }) => [
        ...[of.name, name, rough(requestsPerSecond), ms(p50), ms(p99)],
        processor === null ? "—" : micros(processor),
      ]),
    ),
  );

const goals = (figures: readonly StoreFigures[]): string =>
  table(
    ["goal", "figure", "met"],
    goalsOf(figures).map(({ what, figure, met }) => [what, figure, met ? "yes" : "**no**"]),
  );
