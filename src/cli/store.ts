import { Command } from "commander";
import { jsonOption } from "./api-command.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import type { CommandDeps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { EXIT } from "./exit-status.ts";
import { checkReport, reportCheck, sizeOf } from "./store-report.ts";

/** Makes the command of the process that checks the store for a server. */
export const storeCheckCommand = ({ checkStore, endWith }: CommandDeps): Command =>
  new Command("store-check").action(async () => endWith(await checkStore()));

/** Makes `waferd store check` and `waferd store compact`. */
export function storeCommand({ io, storeTools, endWith }: CommandDeps): Command {
  const check = addConfigFlags(
    new Command("check")
      .description(
        "read every record and index of the store, print what is wrong, and end with 1 if anything is",
      )
      .addOption(jsonOption("print JSON: `records` by kind, `flaws` (how many), `shown` of them")),
    "store",
  );
  check.action(async (given: Record<string, string | boolean>) => {
    const { store, damages } = await storeTools.openWhole(loadGiven(given, check, io).config);
    try {
      if (given["json"] !== true) return await reportCheck(io, store, damages);
      const report = await checkReport(store, damages);
      io.write(`${JSON.stringify(report)}\n`);
      if (report.flaws > 0) endWith(EXIT.failed);
    } finally {
      await store.close();
    }
  });
  const compact = addConfigFlags(
    new Command("compact").description(
      "rewrite the embedded store's file without the space of deleted records",
    ),
    "folder",
  );
  compact.action(async (given: Record<string, string | boolean>) => {
    const { before, after } = await storeTools.compact(loadGiven(given, compact, io).config);
    io.write(`${sizeOf(before)} before, ${sizeOf(after)} after\n`);
  });
  addExamples(check, "store check --data-dir /var/lib/waferd");
  addExamples(compact, "store compact --data-dir /var/lib/waferd");
  return new Command("store")
    .description("check or compact the store")
    .helpCommand(false)
    .addCommand(check)
    .addCommand(compact);
}
