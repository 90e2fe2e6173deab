import { Command, Option } from "commander";
import { listed } from "../config/drivers/address.ts";
import type { Config } from "../config/schema.ts";
import { IMPORTED_DRIVER_NAMES } from "../config/source.ts";
import { isAppid } from "../core/apps/app.ts";
import { StartError } from "../core/errors.ts";
import {
  type ImportCounts,
  type ImportKind,
  type ImportReport,
  type ImportStore,
  importFrom,
  tookAny,
} from "../core/transfer/import.ts";
import { NO_RECORDS } from "../core/transfer/known-records.ts";
import type { MoveSource } from "../core/transfer/transfer.ts";
import { parseZone, ZONE_WORDS } from "../core/zone.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import type { CommandDeps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { EXIT } from "./exit-status.ts";
import { showProgress } from "./progress.ts";

const SERVERS = listed(
  IMPORTED_DRIVER_NAMES.map((name) => `${name}://…`),
  "or",
);

/** The most progress that is shown before the end: an estimate may be too low. */
const ALMOST = 0.99;

const NAMES: Record<ImportKind, string> = {
  app: "apps",
  agent: "WeCom agents",
  serviceKey: "service keys",
  credential: "tokens and tickets",
  session: "sessions",
  audit: "audit entries",
};

/** Makes `waferd import`, which imports another server's data, or an export, into the store. */
export function importCommand({ io, storeTools, clock, endWith }: CommandDeps): Command {
  const command = new Command("import")
    .description("import the apps, sessions, WeCom agents and cached tokens of another server")
    .addOption(
      new Option(
        "--from <source>",
        `${SERVERS} of a go, php, scf or Django server, a mysqldump file, or a file of waferd export`,
      ).makeOptionMandatory(),
    )
    .addOption(
      new Option(
        "--appid <appid>",
        "import only what belongs to this app; sessions that name no app (php, Django) count as its own",
      ),
    )
    .addOption(
      new Option(
        "--zone <offset>",
        "the time zone of the source's datetimes, such as +00:00 for Django with USE_TZ; by default mysql.timezone",
      ),
    )
    .addOption(
      new Option("--dry-run", "read everything, print what would be imported, and change nothing"),
    );
  addConfigFlags(command, "store");
  addExamples(
    command,
    "import --from redis://127.0.0.1:6379/0 --dry-run",
    "import --from ./dump.sql",
  );
  return command.action(async (given: Record<string, string | boolean>) => {
    const { config } = loadGiven(given, command, io);
    const appid = given["appid"] === undefined ? null : String(given["appid"]);
    if (appid !== null && !isAppid(appid))
      throw new StartError(`--appid must be an appid, such as wx1234567890abcdef, not "${appid}"`);
    const zone = parseZone(String(given["zone"] ?? config["mysql.timezone"]));
    if (zone === null) throw new StartError(`--zone must be ${ZONE_WORDS}, not "${given["zone"]}"`);
    const source = await storeTools.openSource(config, String(given["from"]), { appid, zone });
    try {
      const report =
        given["dryRun"] === true ? await rehearse(config, source) : await run(config, source);
      if (!tookAny(report)) io.print(`nothing is imported: ${source.name} has no such record\n`);
      if (!tookAny(report) || report.unreadable > 0) endWith(EXIT.incomplete);
    } finally {
      await source.close();
    }
  });

  async function run(config: Config, source: MoveSource): Promise<ImportReport> {
    const store = await storeTools.open(config);
    try {
      return await read(source, { dryRun: false, store });
    } finally {
      await store.close();
    }
  }

  async function rehearse(config: Config, source: MoveSource): Promise<ImportReport> {
    const store = await storeTools.openToRead(config);
    try {
      return await read(source, { dryRun: true, store: store ?? NO_RECORDS });
    } finally {
      await store?.close();
    }
  }

  /** Reads a source with its progress on the terminal, and prints the report. */
  async function read(source: MoveSource, target: ImportStore): Promise<ImportReport> {
    const total = await source.estimate();
    const progress = showProgress(io, {
      hasEnd: total !== null,
      onInterrupt: () =>
        target.dryRun
          ? "nothing was changed"
          : "those are imported, and the same command imports the rest",
    });
    const report = await importFrom(source, {
      ...target,
      clock,
      onProgress: (done) => progress.update(done, total && Math.min(ALMOST, done / total)),
      onUnreadable: ({ what, reason, isKept }) =>
        progress.print(`${isKept === true ? "incomplete" : "left out"}: ${what}: ${reason}`),
    }).finally(() => progress.stop());
    const { counts, unreadable, incomplete } = report;
    const lines = [
      `${target.dryRun ? "would be imported" : "imported"} from ${source.name}:`,
      ...(Object.keys(NAMES) as ImportKind[]).flatMap((kind) => counted(NAMES[kind], counts[kind])),
      ...(incomplete > 0 ? [`  incomplete: ${incomplete}`] : []),
      `  unreadable: ${unreadable}`,
    ];
    io.write(`${lines.join("\n")}\n`);
    return report;
  }
}

/** Returns the line of a kind in the report; none when the source has no record of it. */
function counted(name: string, { added, replaced, unchanged, lapsed }: ImportCounts): string[] {
  if (added + replaced + unchanged + lapsed === 0) return [];
  const parts = [`${added} new`, `${replaced} newer than here`, `${unchanged} here already`];
  if (lapsed > 0) parts.push(`${lapsed} long expired, left out`);
  return [`  ${name}: ${parts.join(", ")}`];
}
