import type { StoreFigures } from "./bench.ts";
import { goalsOf } from "./goals.ts";
import type { Memory } from "./process-figures.ts";
import { type Comparison, REQUESTS } from "./rates.ts";
import { mib, ms, rough, table, whole } from "./table.ts";
import { rateOf, ratioOf } from "./turns.ts";
import { median } from "./wrk.ts";

/** Returns all figures as tables in Markdown. */
export function report(figures: readonly StoreFigures[]): string {
  return [
    ["Requests a second", rates(figures)],
    ["Start-up", startUps(figures)],
    ["Memory", memory(figures)],
    ["Room", room(figures)],
    ["Sweeping", sweeps(figures)],
    ["Goals", goals(figures)],
  ]
    .map(([title, text]) => `### ${title}\n\n${text}\n`)
    .join("\n");
}

function rates(figures: readonly StoreFigures[]): string {
  const rows = figures.flatMap(({ name, comparisons }) => {
    const cases = new Map(
      comparisons.map(({ workers, sessions }) => [`${workers} ${sessions}`, { workers, sessions }]),
    );
    return [...cases.values()]
      .sort((one, other) => one.workers - other.workers || one.sessions - other.sessions)
      .map(({ workers, sessions }) => {
        const cells = REQUESTS.map((request) =>
          cell(
            comparisons.find(
              (one) =>
                one.request === request && one.workers === workers && one.sessions === sessions,
            ),
          ),
        );
        return [name, `${workers}`, whole(sessions), ...cells];
      });
  });
  return table(["store", "workers", "sessions", ...REQUESTS], rows);
}

/**
 * Formats a comparison as "**0.61** 60 300 : 98 900": the ratio to the bare server's rate, and both
 * rates.
 */
const cell = (comparison: Comparison | undefined): string =>
  comparison === undefined
    ? "—"
    : `**${ratioOf(comparison.waferd, comparison.bare).toFixed(2)}** ${rough(rateOf(comparison.waferd))} : ${rough(rateOf(comparison.bare))}`;

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

const goals = (figures: readonly StoreFigures[]): string =>
  table(
    ["goal", "figure", "met"],
    goalsOf(figures).map(({ what, figure, met }) => [what, figure, met ? "yes" : "**no**"]),
  );
