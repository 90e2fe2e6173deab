import { type Command, Option } from "commander";
import type { LoadedConfig } from "../config/load.ts";
import { dataPlace } from "../config/store-target.ts";
import { MOST_KEPT_LINES } from "../core/logs/kept-lines.ts";
import {
  LOG_LEVELS,
  type LogFilter,
  type LogLine,
  logFilterOf,
  parseLogLine,
} from "../core/logs/log-line.ts";
import { Api } from "./api/api.ts";
import { connectToServer } from "./api/connect.ts";
import {
  configOf,
  type Given,
  givenUrl,
  plainCommand,
  textOption,
  urlOption,
} from "./api-command.ts";
import { CommandFailure, usageFailure } from "./command-failure.ts";
import type { CommandDeps } from "./deps.ts";
import { EXIT } from "./exit-status.ts";
import { fileTail } from "./logs/file-tail.ts";
import { follow } from "./logs/follow.ts";
import { lineText } from "./logs/print-line.ts";
import { timeFormat, utcOption, withMilliseconds } from "./terminal/time.ts";
import { timeOptions, timeQuery } from "./time-options.ts";

const DEFAULT_LINES = 100;

/** Makes `waferd logs`, which prints the last lines of the log, and new ones. */
export const logsCommand = (deps: CommandDeps): Command =>
  plainCommand(
    deps,
    {
      usage: "logs",
      description: "print the last lines of the server's log, and with --follow new ones",
      examples: [
        "logs --follow",
        "logs --level warn --since 2h",
        "logs --request-id 0f3a9c27d1e5-1a --json",
        "logs -f -n 0 --app wx1234567890abcdef --code wechatUnreachable",
      ],
      options: [
        new Option("-f, --follow", "go on with new lines until Ctrl-C; waits for a restart"),
        new Option(
          "-n, --lines <number>",
          `print at most this many of the last lines (default: ${DEFAULT_LINES})`,
        ),
        new Option("--level <level>", "only lines of this level and above").choices(LOG_LEVELS),
        new Option("--app <appid>", "only lines about this app"),
        new Option(
          "--code <code>",
          "only lines with this failure, returnCode, HTTP status or errcode of WeChat",
        ),
        new Option("--path <path>", "only requests to routes that begin so, or to this interface"),
        new Option("--request-id <id>", "only lines about this request"),
        ...timeOptions(),
        utcOption(),
        urlOption(),
      ],
    },
    async (given, _names, command) => {
      const { io, clock } = deps;
      const loaded = configOf(given, command, io);
      const url = givenUrl(given, io);
      const count = countOf(given);
      const query = queryOf(given, clock.now());
      const connectNow = () => connectToServer({ io, loaded, url });
      const print = printer(deps, given);
      const connection = await connectNow();
      if (connection === null) {
        if (given["follow"] === true)
          throw new CommandFailure(
            EXIT.away,
            `no server runs on ${dataPlace(loaded.config)}: --follow needs one`,
          );
        return lastOfFile(deps, loaded, logFilterOf(query), count).forEach(print);
      }
      if (given["follow"] !== true)
        try {
          return (await lastLines(new Api(connection), query, count)).forEach(print);
        } finally {
          await connection.close();
        }
      await connection.close();
      const ending = new AbortController();
      void io.terminated().then(() => ending.abort());
      await follow({
        io,
        clock,
        connect: connectNow,
        path: `/server/logs?${new URLSearchParams({ ...query, tail: String(count) })}`,
        onEvent({ name, data }) {
          if (name === "lost")
            io.print(
              `waferd: ${(JSON.parse(data) as { lines: number }).lines} lines were missed\n`,
            );
          else if (data !== "") print(data);
        },
        until: ending.signal,
      });
    },
  );

function countOf(given: Given): number {
  const text = textOption(given, "lines");
  if (text === null) return DEFAULT_LINES;
  if (!/^\d{1,5}$/.test(text) || Number(text) > MOST_KEPT_LINES)
    throw usageFailure(
      `--lines must be a whole number from 0 to ${MOST_KEPT_LINES}, which the server keeps, not "${text}"`,
    );
  return Number(text);
}

function queryOf(given: Given, now: number): Record<string, string> {
  const query = timeQuery(given, now);
  for (const name of ["level", "app", "code", "path", "requestId"]) {
    const text = textOption(given, name);
    if (text !== null) query[name] = text;
  }
  return query;
}

/** Returns a function that prints a line: for people, or as it is. */
function printer({ io }: CommandDeps, given: Given): (text: string) => void {
  const format = withMilliseconds(timeFormat(given));
  return (text) => {
    const line = given["json"] === true ? null : parseLogLine(text);
    io.write(line === null ? `${text}\n` : lineText(io, format, line));
  };
}

/** Returns the last lines that the server keeps, earliest first. */
async function lastLines(
  api: Api,
  query: Record<string, string>,
  count: number,
): Promise<string[]> {
  if (count === 0) return [];
  const lines: string[] = [];
  for await (const page of api.pages<LogLine>("/server/logs", query, {
    limit: count,
    cursor: null,
  }))
    lines.push(...page.items.map((line) => JSON.stringify(line)));
  return lines.reverse();
}

/** Returns the last lines of the log file, when no server runs. */
function lastOfFile(
  { io }: CommandDeps,
  { config }: LoadedConfig,
  filter: LogFilter,
  count: number,
): string[] {
  const path = config["log.file"];
  if (path === "")
    throw new CommandFailure(
      EXIT.away,
      `no server runs on ${dataPlace(config)}, and log.file is not set: its log went to standard output. Read it by journalctl -u waferd, or docker logs`,
    );
  const lines = fileTail(path, filter, count);
  io.print(`waferd: no server runs; these are the last lines of ${path}\n`);
  return lines;
}
