import type { Static } from "@sinclair/typebox";
import type { Command } from "commander";
import { StartError } from "../core/errors.ts";
import type { ListedCredentialModel } from "../http/rest/credentials/model.ts";
import type { LastReload, ServerModel } from "../http/rest/server/model.ts";
import type { StatsModel } from "../http/rest/stats/model.ts";
import { Api } from "./api/api.ts";
import { connect, serverUrl } from "./api/connect.ts";
import { configOf, givenUrl, plainCommand, urlOption } from "./api-command.ts";
import { CommandFailure } from "./command-failure.ts";
import type { CommandDeps } from "./deps.ts";
import { EXIT } from "./exit-status.ts";
import type { Io } from "./io.ts";
import { type Cell, printFacts, Table, toned } from "./terminal/table.ts";
import { type TimeFormat, timeFormat, utcOption } from "./terminal/time.ts";

type Credential = Static<typeof ListedCredentialModel>;
type Server = Static<typeof ServerModel>;

/** The state of the service. */
interface Status {
  running: boolean;
  url: string;
  /** null when no server runs. */
  server: Server | null;
  /** null when there is no data. */
  stats: Static<typeof StatsModel> | null;
  credentials: Credential[];
  /** Why the latest reload failed; null if it did not. */
  reloadFailure: string | null;
}

const TONES = { valid: "good", expiring: "doubtful", expired: "bad", missing: "bad" } as const;

/** Makes `waferd status`, which ends with 0 when a server runs, and with 3 when none does. */
export const statusCommand = (deps: CommandDeps): Command =>
  plainCommand(
    deps,
    {
      usage: "status",
      description:
        "show whether a server runs, its data, workers and tokens; ends with 3 when none runs",
      examples: ["status", "status --url https://wafer.example.com --json"],
      options: [utcOption(), urlOption()],
    },
    async (given, _names, command) => {
      const { io, openService, endWith } = deps;
      const json = given["json"] === true;
      const loaded = configOf(given, command, io);
      const url = givenUrl(given, io);
      const place = url ?? serverUrl(loaded.config);
      const status = await connect({ io, openService, loaded, url, json, mayBegin: false })
        .then(async (connection) => {
          try {
            return await statusOf(new Api(connection), url, place);
          } finally {
            await connection.close();
          }
        })
        .catch((error: unknown) => {
          const isAway =
            error instanceof CommandFailure && error.status === EXIT.away && error.problem === null;
          // The store is opened only when no server runs, which a store that fails does not change.
          if (!isAway && !(error instanceof StartError)) throw error;
          if (!json) io.print(`waferd: ${(error as Error).message}\n`);
          return {
            ...{ running: false, url: place, server: null, stats: null },
            ...{ credentials: [], reloadFailure: null },
          };
        });
      if (json) io.write(`${JSON.stringify(status)}\n`);
      else printStatus(deps, status, timeFormat(given));
      if (!status.running) endWith(EXIT.notFound);
    },
  );

/**
 * @param given the address that the command names; null for none
 * @param configured the address of the configuration
 */
async function statusOf(api: Api, given: string | null, configured: string): Promise<Status> {
  const running = api.isServer;
  const server: Server | null = running ? await api.call({ method: "GET", path: "/server" }) : null;
  const credentials: Credential[] = [];
  for await (const page of api.pages<Credential>("/credentials", {}, { limit: null, cursor: null }))
    credentials.push(...page.items);
  return {
    running,
    url: given ?? server?.url ?? configured,
    server,
    stats: await api.call({ method: "GET", path: "/stats" }),
    credentials,
    reloadFailure: running ? await reloadFailureOf(api) : null,
  };
}

/** Asks how the latest reload ended; a server of an older version does not know. */
async function reloadFailureOf(api: Api): Promise<string | null> {
  try {
    const path = "/server/last-reload";
    return (await api.call<Static<typeof LastReload>>({ method: "GET", path })).failure;
  } catch (error) {
    if (error instanceof CommandFailure && error.status === EXIT.notFound) return null;
    throw error;
  }
}

function workerFacts(workers: Server["workers"]): [string, Cell][] {
  if (!workers)
    return [
      ["workers", { text: "unknown: the server is starting, ending, or hangs", tone: "doubtful" }],
    ];
  const { supervisor, configured, serving } = workers;
  const tone = serving.length < configured ? "bad" : "good";
  return [
    ["process", `${supervisor}, which takes the signals`],
    ["workers", { text: `${serving.length} of ${configured} serve`, tone }],
  ];
}

function printWorkers(
  io: Io,
  serving: readonly { pid: number; startedAt: string }[],
  time: TimeFormat,
): void {
  if (serving.length === 0) return;
  io.write(`\n${toned(io, "quiet", "workers")}\n`);
  new Table(io, ["PROCESS", "SINCE"]).print(
    serving.map(({ pid, startedAt }) => [String(pid), time(startedAt)]),
  );
}

function printStatus(
  { io }: CommandDeps,
  { running, url, server, stats, credentials, reloadFailure }: Status,
  time: TimeFormat,
): void {
  const facts: [string, Cell][] = [
    ["server", running ? { text: "running", tone: "good" } : { text: "not running", tone: "bad" }],
    ["url", url],
  ];
  if (server !== null)
    facts.push(
      ["version", server.version],
      ["since", time(server.startedAt)],
      ["data", server.data],
    );
  if (server !== null) facts.push(...workerFacts(server.workers));
  if (reloadFailure !== null)
    facts.push(["last reload", { text: `failed: ${reloadFailure}`, tone: "bad" }]);
  if (server?.sandbox === true)
    facts.push([
      "sandbox",
      { text: "WeChat is simulated: anyone can log in as anyone", tone: "bad" },
    ]);
  if (stats !== null) {
    const today = stats.days.at(-1);
    facts.push(
      ["apps", String(stats.apps)],
      ["sessions", String(stats.sessions)],
      ["logins today", String(today?.logins ?? 0)],
      ["verifications today", String(today?.verifications ?? 0)],
      ["calls to WeChat today", String(today?.calls ?? 0)],
    );
  }
  printFacts(io, facts);
  printWorkers(io, server?.workers?.serving ?? [], time);
  if (credentials.length === 0) return;
  io.write(`\n${toned(io, "quiet", "hosted tokens and tickets")}\n`);
  new Table(io, ["OWNER", "KIND", "STATE", "EXPIRES", "LAST USED"]).print(
    credentials.map(({ owner, kind, state, expiresAt, lastUsedAt }) => [
      ...[owner, kind, { text: state, tone: TONES[state] }],
      ...[time(expiresAt), time(lastUsedAt)],
    ]),
  );
  printFailedRenewals(io, credentials, time);
}

/** Prints why credentials cannot be renewed, of those whose last renewal failed. */
function printFailedRenewals(io: Io, credentials: Status["credentials"], time: TimeFormat): void {
  const failed = credentials.flatMap(({ owner, kind, fetchedAt, nextAttemptAt, lastFailure }) =>
    lastFailure !== null && (fetchedAt === null || lastFailure.at > fetchedAt)
      ? [{ owner, kind, nextAttemptAt, lastFailure }]
      : [],
  );
  if (failed.length === 0) return;
  io.write(`\n${toned(io, "quiet", "failed renewals")}\n`);
  new Table(io, ["OWNER", "KIND", "FAILED", "NEXT ATTEMPT", "CAUSE"]).print(
    failed.map(({ owner, kind, nextAttemptAt, lastFailure: { at, code, wechat, upstream } }) => [
      ...[owner, kind, time(at), nextAttemptAt === null ? "when used" : time(nextAttemptAt)],
      {
        text: wechat === null ? (upstream ?? code) : `${wechat.errcode} ${wechat.errmsg}`,
        tone: "bad",
      },
    ]),
  );
}
