import type { Static } from "@sinclair/typebox";
import { type Command, Option } from "commander";
import { spans } from "../core/usage/series-service.ts";
import type { AppModel } from "../http/rest/apps/model.ts";
import type { AppStatsModel, SeriesModel, StatsModel } from "../http/rest/stats/model.ts";
import { type Api, path } from "./api/api.ts";
import { apiCommand, textOption } from "./api-command.ts";
import type { CommandDeps } from "./deps.ts";
import type { Io } from "./io.ts";
import { printFacts, Table, toned } from "./terminal/table.ts";
import { type TimeFormat, utcOption } from "./terminal/time.ts";

type Stats = Static<typeof StatsModel>;
type AppStats = Static<typeof AppStatsModel>;
type Day = Stats["days"][number];
type Series = Static<typeof SeriesModel>;

/** The figures of all apps together, and of each. */
interface AllStats {
  all: Stats;
  apps: (AppStats & { appid: string })[];
}

/** The spans of the table, by the number of their last days; yesterday is one day of its own. */
const SPANS = [
  { head: "TODAY", of: (days: readonly Day[]) => days.slice(-1) },
  { head: "YESTERDAY", of: (days: readonly Day[]) => days.slice(-2, -1) },
  { head: "7 DAYS", of: (days: readonly Day[]) => days.slice(-7) },
  { head: "31 DAYS", of: (days: readonly Day[]) => days },
] as const;

const COUNTS = [
  { name: "logins", member: "logins" },
  { name: "checks", member: "verifications" },
  { name: "calls to WeChat", member: "calls" },
] as const;

/** Makes `waferd stats`, which prints counts, of all apps or of one. */
export const statsCommand = (deps: CommandDeps): Command =>
  apiCommand(
    deps,
    {
      usage: "stats [appid]",
      description:
        "show sessions, logins, checks of sessions, failures by cause and calls to WeChat, by app; days are those of China",
      examples: ["stats", "stats wx1234567890abcdef", "stats --span hour", "stats --json"],
      options: [
        new Option(
          "--span <span>",
          "print the counts of the last hour by minutes, of the last day by hours, or of the last month by days; appid may then be a WeCom agent as corpid:agentid",
        ).choices(spans),
        utcOption(),
      ],
    },
    async ({ api, io, json, given, time }, appid) => {
      const span = textOption(given, "span");
      if (span !== null) {
        const query = new URLSearchParams({ span, ...(appid !== undefined && { app: appid }) });
        const path = `/stats/series?${query}`;
        const series: Series = await api.call({ method: "GET", path });
        return json ? io.write(`${JSON.stringify(series)}\n`) : printSeries(io, series, time);
      }
      if (appid === undefined) {
        const stats = await allStats(api);
        return json ? io.write(`${JSON.stringify(stats)}\n`) : printAll(io, stats);
      }
      const stats = await statsOf(api, appid);
      if (json) return io.write(`${JSON.stringify(stats)}\n`);
      printFacts(io, [
        ["appid", appid],
        ["sessions", String(stats.sessions)],
      ]);
      printDays(io, stats.days);
      if (stats.calls.length === 0) return;
      io.write(`\n${toned(io, "quiet", "calls to WeChat in 31 days")}\n`);
      new Table(io, ["ENDPOINT", "CALLS"]).print(
        [...stats.calls]
          .sort((one, other) => other.count - one.count)
          .map(({ endpoint, count }) => [endpoint, String(count)]),
      );
    },
  );

const statsOf = (api: Api, appid: string): Promise<AppStats> =>
  api.call({ method: "GET", path: path`/apps/${appid}/stats` });

async function allStats(api: Api): Promise<AllStats> {
  const apps: AllStats["apps"] = [];
  for await (const page of api.pages<Static<typeof AppModel>>(
    "/apps",
    {},
    { limit: null, cursor: null },
  ))
    for (const { appid } of page.items) apps.push({ appid, ...(await statsOf(api, appid)) });
  return { all: await api.call({ method: "GET", path: "/stats" }), apps };
}

function printAll(io: Io, { all, apps }: AllStats): void {
  printFacts(io, [
    ["apps", String(all.apps)],
    ["sessions", String(all.sessions)],
  ]);
  printDays(io, all.days);
  printFailures(io, all.failures);
  if (apps.length === 0) return;
  io.write(`\n${toned(io, "quiet", "by app, today")}\n`);
  new Table(io, ["APPID", "SESSIONS", "LOGINS", "CHECKS", "CALLS TO WECHAT"]).print(
    apps.map(({ appid, sessions, days }) => [
      appid,
      String(sessions),
      ...COUNTS.map(({ member }) => sum(days.slice(-1), member)),
    ]),
  );
}

/** Prints why logins and checks failed. */
function printFailures(io: Io, failures: Stats["failures"]): void {
  if (failures.length === 0) return;
  io.write(`\n${toned(io, "quiet", "failures")}\n`);
  new Table(io, ["OF", "CAUSE", "TODAY", "31 DAYS"]).print(
    failures.map(({ operation, code, today, count }) => [
      operationName(operation),
      code,
      String(today),
      String(count),
    ]),
  );
}

function printDays(io: Io, days: readonly Day[]): void {
  io.write("\n");
  new Table(io, ["", ...SPANS.map(({ head }) => head)]).print(
    COUNTS.map(({ name, member }) => [name, ...SPANS.map(({ of }) => sum(of(days), member))]),
  );
}

const sum = (days: readonly Day[], member: (typeof COUNTS)[number]["member"]): string =>
  String(days.reduce((total, day) => total + day[member], 0));

const SERIES_COLUMNS = [
  { head: "LOGINS", of: ({ logins }) => logins },
  { head: "CHECKS", of: ({ verifications }) => verifications },
  { head: "TOKENS", of: ({ tokens }) => tokens },
  { head: "CALLS TO WECHAT", of: ({ calls }) => calls },
  { head: "FAILED LOGINS", of: ({ failedLogins }) => failedLogins },
  { head: "FAILED CHECKS", of: ({ failedVerifications }) => failedVerifications },
] as const satisfies { head: string; of: (bucket: Series["buckets"][number]) => number }[];

/** Prints the buckets of a span, its sum, and that of the span before. */
function printSeries(io: Io, { buckets, previous, failures }: Series, time: TimeFormat): void {
  const sums = (name: string, of: Series["buckets"]): string[] => [
    name,
    ...SERIES_COLUMNS.map((column) => String(total(of.map(column.of)))),
  ];
  new Table(io, ["FROM", ...SERIES_COLUMNS.map(({ head }) => head)]).print([
    ...buckets.map((bucket) => [
      time(bucket.at),
      ...SERIES_COLUMNS.map((column) => String(column.of(bucket))),
    ]),
    sums("in all", buckets),
    sums("before", previous),
  ]);
  if (failures.length === 0) return;
  io.write(`\n${toned(io, "quiet", "failures")}\n`);
  new Table(io, ["OF", "CAUSE", "TIMES"]).print(
    failures.map(({ operation, code, counts }) => [
      ...[operationName(operation), code, String(total(counts))],
    ]),
  );
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

const operationName = (operation: Series["failures"][number]["operation"]): string =>
  operation === "login" ? "login" : "check";
