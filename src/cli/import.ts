import { Command, Option } from "commander";
import { listed } from "../config/drivers/address.ts";
import { IMPORTED_DRIVER_NAMES } from "../config/source.ts";
import { isAppid } from "../core/apps/app.ts";
import { StartError } from "../core/errors.ts";
import { type ImportCounts, type ImportKind, importFrom } from "../core/transfer/import.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import type { CommandDeps } from "./deps.ts";
import { addExamples } from "./examples.ts";
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
export function importCommand({ io, storeTools, clock }: CommandDeps): Command {
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
        "import only what belongs to this app; sessions that name no app (php) count as its own",
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
    const dryRun = given["dryRun"] === true;
    const source = await storeTools.openSource(config, String(given["from"]), appid);
    try {
      const store = await storeTools.open(config);
      try {
        const total = await source.estimate();
        const progress = showProgress(io, total !== null);
        const report = await importFrom(source, {
          store,
          clock,
          dryRun,
          onProgress: (done) => progress.update(done, total && Math.min(ALMOST, done / total)),
          onUnreadable: ({ what, reason }) => progress.print(`left out: ${what}: ${reason}`),
        }).finally(() => progress.stop());
        const lines = (Object.keys(NAMES) as ImportKind[])
          .map((kind) => counted(NAMES[kind], report.counts[kind]))
          .filter((line) => line !== null);
        const head = `${dryRun ? "would be imported" : "imported"} from ${source.name}:`;
        io.write(`${[head, ...lines, `  unreadable: ${report.unreadable}`].join("\n")}\n`);
      } finally {
        await store.close();
      }
    } finally {
      await source.close();
    }
  });
}

/** Returns a line of the report; null when the source has no record of the kind. */
function counted(
  name: string,
  { added, replaced, unchanged, lapsed }: ImportCounts,
): string | null {
  if (added + replaced + unchanged + lapsed === 0) return null;
  const parts = [`${added} new`, `${replaced} newer than here`, `${unchanged} here already`];
  if (lapsed > 0) parts.push(`${lapsed} long expired, left out`);
  return `  ${name}: ${parts.join(", ")}`;
}
