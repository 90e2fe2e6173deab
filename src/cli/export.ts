import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { Command, Option } from "commander";
import { StartError } from "../core/errors.ts";
import { exportFrom } from "../core/transfer/export.ts";
import type { Moved } from "../core/transfer/transfer.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import type { CommandDeps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { showProgress } from "./progress.ts";
import { flawList } from "./store-report.ts";
import type { ExportFormat } from "./store-tools.ts";

/** Makes `waferd export`, which writes everything in the configured store as JSON lines. */
export function exportCommand({ io, storeTools }: CommandDeps): Command {
  const command = new Command("export")
    .description("write everything in the store as JSON lines, for waferd import")
    .addOption(new Option("--to <file>", "the file to write; standard output without it"))
    .addOption(
      new Option(
        "--clear-secrets",
        "write secrets, session_keys and tokens as they are, instead of sealed with the master key",
      ),
    );
  addConfigFlags(command, "store");
  addExamples(command, "export --to ./waferd.jsonl");
  return command.action(async (given: Record<string, string | boolean>) => {
    const { config } = loadGiven(given, command, io);
    const format = storeTools.exportFormat(config, given["clearSecrets"] === true);
    const to = given["to"] === undefined ? null : String(given["to"]);
    const { store, damages } = await storeTools.openWhole(config);
    const target =
      to === null
        ? { write: io.write, finish: () => undefined, abandon: () => undefined }
        : file(to);
    try {
      const progress = showProgress(io, {
        hasEnd: false,
        onInterrupt() {
          target.abandon();
          return to === null ? "the export is not complete" : `${to} is not written`;
        },
      });
      const losses = flawList({ print: (line) => progress.print(line.trimEnd()) });
      for (const damage of damages) losses.add(damage);
      let count = 0;
      target.write(`${format.header()}\n`);
      for await (const portion of exportFrom(store, losses.add)) {
        const lines = portion.flatMap((thing) => lineOf(format, thing, losses.add));
        target.write(lines.join(""));
        count += lines.length;
        progress.update(count, null);
      }
      target.write(`${format.end(count)}\n`);
      target.finish();
      progress.stop();
      io.print(`${count} records exported${to === null ? "" : ` to ${to}`}\n`);
      if (losses.count > 0)
        throw new StartError(
          `the export holds what is whole, and the store has ${losses.count === 1 ? "a flaw" : `${losses.count} flaws`}, named above: records are missing. waferd store check says more`,
        );
    } catch (error) {
      target.abandon();
      throw error;
    } finally {
      await store.close();
    }
  });
}

/** Returns the line of a record, or none when it has impossible values. */
function lineOf(format: ExportFormat, thing: Moved, onLoss: (flaw: string) => void): string[] {
  try {
    return [`${format.line(thing)}\n`];
  } catch (error) {
    onLoss(`a record of the kind ${thing.kind}: ${(error as Error).message}`);
    return [];
  }
}

/** Opens a file that only its owner can read, and that gets its name when it is complete. */
function file(path: string): { write(text: string): void; finish(): void; abandon(): void } {
  const draft = `${path}.part`;
  try {
    const opened = openSync(draft, "w", 0o600);
    return {
      write: (text) => void writeSync(opened, text),
      finish() {
        fsyncSync(opened);
        closeSync(opened);
        renameSync(draft, path);
      },
      abandon: () => rmSync(draft, { force: true }),
    };
  } catch (cause) {
    throw new StartError(`cannot write ${draft}: ${(cause as Error).message}`, { cause });
  }
}
