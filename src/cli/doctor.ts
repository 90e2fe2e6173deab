import { type Command, Option } from "commander";
import type { Clock } from "../core/ports.ts";
import { StoreError } from "../core/store-error.ts";
import { configOf, type Given, plainCommand } from "./api-command.ts";
import { usageFailure } from "./command-failure.ts";
import type { CommandDeps } from "./deps.ts";
import { type Check, checksOf, type DoctorPorts, toCheck } from "./doctor/check.ts";
import { checkCertificate, checkConfiguration } from "./doctor/configuration.ts";
import { checkDataFolder, checkKeys } from "./doctor/data-folder.ts";
import { checkOpenFiles } from "./doctor/limits.ts";
import { allOwners, checkOwner } from "./doctor/online.ts";
import { checkPort } from "./doctor/port.ts";
import { checkStore } from "./doctor/store.ts";
import { checkUpstreams } from "./doctor/upstream.ts";
import { EXIT } from "./exit-status.ts";
import { printable, toned } from "./terminal/table.ts";

const TONES = { ok: "good", warn: "doubtful", fail: "bad" } as const;

/** Makes `waferd doctor`, which finds what is wrong with this machine and its configuration. */
export const doctorCommand = (deps: CommandDeps): Command =>
  plainCommand(
    deps,
    {
      usage: "doctor",
      description:
        "check the configuration, the data, the keys, the clock and the connection to WeChat, say what to do, and end with 1 if anything fails; changes nothing",
      examples: ["doctor", "doctor --online", "doctor --app wx1234567890abcdef"],
      options: [
        new Option(
          "--app <owner>",
          "also try the secret of this app, or of this agent (corpid:agentid), at WeChat",
        ),
        new Option(
          "--online",
          "also try the secret of every app and agent at WeChat; invalidates no token",
        ).conflicts("app"),
      ],
    },
    async (given, _names, command) => {
      const { io, clock, endWith } = deps;
      const checks: Check[] = [];
      const run = examine(given, deps.doctor, clock, () => configOf(given, command, io));
      for await (const check of run) {
        checks.push(check);
        if (given["json"] === true) continue;
        const { name, state, message, todo } = check;
        const line = printable(`${name}: ${message}${todo === null ? "" : `. To do: ${todo}`}`);
        io.write(`${toned(io, TONES[state], state.padEnd(4))}  ${line}\n`);
      }
      const failed = checks.filter(({ state }) => state === "fail").length;
      if (given["json"] === true) io.write(`${JSON.stringify({ checks, failed })}\n`);
      if (failed > 0) endWith(EXIT.failed);
    },
  );

async function* examine(
  given: Given,
  ports: DoctorPorts,
  clock: Clock,
  load: Parameters<typeof checkConfiguration>[0],
): AsyncGenerator<Check> {
  const { checks, config } = checkConfiguration(load);
  yield* checks;
  if (config === null) return;
  if (config.EnableHTTPS) yield toCheck(checkCertificate(config, clock.now()));
  yield* [...checkDataFolder(config), ...checkKeys(config), ...checkOpenFiles()].map(toCheck);
  yield await checkPort(config);
  if (!config.sandbox) yield* checkUpstreams(config, ports.probe, clock.now);
  const { check, store } = await checkStore(config, ports.openStore);
  yield check;
  if (store === null) return;
  const wechat = await ports.openWeChat(config);
  try {
    for (const { problem, todo } of await store.concerns())
      yield checksOf("store").warn(problem, todo);
    const { app } = given;
    const owners =
      app !== undefined ? [String(app)] : given["online"] === true ? allOwners(store) : [];
    if (config.sandbox && (app !== undefined || given["online"] === true))
      throw usageFailure("--app and --online need the real WeChat: leave out sandbox");
    for await (const owner of owners) yield await checkOwner({ store, wechat }, owner);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    yield checksOf("store").fail(
      `the store failed: ${error.message}`,
      "look at the store's own log",
    );
  } finally {
    await wechat.close();
    await store.close();
  }
}
