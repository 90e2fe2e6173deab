/** `npm run bench -- --compare COMMIT`: this build and that of another commit, in turns. */
import { cpSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { DriverName } from "../../src/config/drivers/drivers.ts";
import { clock, random } from "../../src/main/ports.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE } from "../harness/waferd.ts";
import { FilledStore } from "./filled-store.ts";
import { KINDS, type RequestKind, Requests, SETTLING } from "./kinds.ts";
import { copyOfFolder } from "./rates.ts";
import { sampleAnswer, startWaferd, type Waferd } from "./servers.ts";
import { APP } from "./stored-sessions.ts";
import { STORES } from "./stores.ts";
import { micros, rough, table } from "./table.ts";
import type { AskedStore } from "./traffic.ts";
import {
  processorOf,
  rateOf,
  ratioOf,
  type Subject,
  type Turn,
  type TurnsOptions,
  takeTurns,
} from "./turns.ts";

const ROOT = join(import.meta.dir, "../..");
/** The files that the other commit gets, so that its code fills its stores as this one does. */
const COPIED = ["stored-sessions.ts", "stored-sessions-command.ts"];

export interface CompareOptions extends Omit<TurnsOptions, "onTurn"> {
  commit: string;
  stores: readonly DriverName[];
  /** Number of stored sessions. */
  sessions: number;
  workers: readonly number[];
  requests: readonly RequestKind[];
  /** See RatesOptions. */
  warm: boolean;
  report(progress: string): void;
}

/** The turns of both builds, or the reason why the row cannot be measured. */
export interface ComparedRow {
  store: string;
  request: RequestKind;
  workers: number;
  turns: { ours: readonly Turn[]; theirs: readonly Turn[] } | { problem: string };
}

/** Another commit's source with its executable, which are removed at the end of its scope. */
interface OtherBuild extends Disposable {
  source: string;
  executable: string;
}

/** Measures every kind of request with both builds; yields the rows of one store at a time. */
export async function* compareBuilds(options: CompareOptions): AsyncGenerator<ComparedRow[]> {
  options.report(`building ${options.commit}`);
  using other = buildOf(options.commit);
  const [ours, theirs] = [ROOT, other.source].map((source) =>
    readFileSync(join(source, "package-lock.json"), "utf8"),
  );
  if (ours !== theirs) options.report("other packages than those of the commit are built in");
  for (const driver of options.stores) yield await compareStore(driver, other, options);
}

/**
 * Builds a commit in a temporary worktree, with the packages of this one.
 *
 * @throws Error with the output of the command that fails
 */
function buildOf(commit: string): OtherBuild {
  const folder = tempFolder();
  const source = join(folder.path, "source");
  const executable = join(source, "dist/waferd");
  const remove = (): void => {
    Bun.spawnSync(["git", "worktree", "remove", "--force", source], { cwd: ROOT });
    folder[Symbol.dispose]();
  };
  try {
    run(["git", "worktree", "add", "--detach", source, commit], ROOT);
    // The commit's own npm scripts would install into the linked folder.
    symlinkSync(join(ROOT, "node_modules"), join(source, "node_modules"));
    run([process.execPath, "scripts/build.ts"], source);
    for (const name of COPIED) cpSync(join(import.meta.dir, name), join(source, "test/load", name));
  } catch (error) {
    remove();
    throw error;
  }
  return { source, executable, [Symbol.dispose]: remove };
}

function run(command: string[], cwd: string): void {
  const { success, stderr } = Bun.spawnSync(command, { cwd, stdout: "ignore", stderr: "pipe" });
  if (!success) throw new Error(`${command.join(" ")} failed:\n${stderr}`);
}

/** A build that serves a store of its own. */
interface Side {
  waferd: Waferd;
  store: AskedStore;
  requests: Requests;
}

/** Measures every kind of request on a store of each build. */
export async function compareStore(
  driver: DriverName,
  other: Pick<OtherBuild, "source" | "executable">,
  options: CompareOptions,
): Promise<ComparedRow[]> {
  const { name } = STORES[driver];
  await using scope = new AsyncDisposableStack();
  const sandbox = await startSandbox({ clock, random });
  scope.defer(() => sandbox.stop());
  sandbox.world.apps.set(APP.appid, APP.secret);
  options.report(`${name}: filling two stores with ${options.sessions} sessions`);
  const ours = scope.use(await FilledStore.make(driver, options.sessions));
  const { source, executable } = other;
  const theirs = scope.use(await FilledStore.make(driver, options.sessions, { source }));
  const rows: ComparedRow[] = [];
  for (const workers of options.workers) {
    await using servers = new AsyncDisposableStack();
    const side = async (store: FilledStore, served: string): Promise<Side> => {
      const copy = servers.use(copyOfFolder(store));
      const { apiBase } = sandbox;
      const started = await startWaferd(copy.place, { workers, apiBase, executable: served });
      const waferd = servers.use(started);
      return { waferd, store: copy, requests: new Requests(sandbox) };
    };
    const sides = [await side(ours, EXECUTABLE), await side(theirs, executable)] as const;
    for (const request of options.requests) {
      if (workers !== options.workers[0] && KINDS[request].workers === "one") continue;
      options.report(`${name}: ${request} by ${workers}`);
      rows.push({
        ...{ store: name, request, workers },
        turns: await compareRow(request, sides, options),
      });
    }
  }
  return rows;
}

async function compareRow(
  kind: RequestKind,
  sides: readonly [Side, Side],
  options: CompareOptions,
): Promise<ComparedRow["turns"]> {
  const names = ["this build", options.commit];
  const subjects: Subject[] = [];
  for (const [index, { waferd, store, requests }] of sides.entries()) {
    const traffic = (seconds: number) => requests.make(kind, store, seconds);
    try {
      await sampleAnswer(waferd.url, await traffic(0.001));
    } catch (error) {
      return { problem: `${names[index]} cannot: ${firstLine(error)}` };
    }
    subjects.push({
      ...{ server: waferd, traffic, warming: options.warm ? 1 : 0 },
      look: !options.warm || kind === "login",
      settling: options.warm ? (SETTLING[kind] ?? 0) : 0,
    });
  }
  try {
    const [ours = [], theirs = []] = (await takeTurns(subjects, options)).values();
    return { ours, theirs };
  } catch (error) {
    return { problem: `a build failed under load: ${firstLine(error)}` };
  }
}

const firstLine = (error: unknown): string =>
  (error as Error).message.split("\n").slice(0, 2).join(" ").replaceAll("|", " ").slice(0, 200);

/** Returns the rows as a table in Markdown. */
export function reportComparison(commit: string, rows: readonly ComparedRow[]): string {
  const heads = ["store", "request", "workers", "÷", "a second", commit];
  const text = table(
    [...heads, "processor ÷", "processor, µs", commit],
    rows.map(({ store, request, workers, turns }) => {
      const names = [store, request, `${workers}`];
      if ("problem" in turns) return [...names, "—", "—", turns.problem, "—", "—", "—"];
      const { ours, theirs } = turns;
      const [processor, processorOfOther] = [processorOf(ours), processorOf(theirs)];
      return [
        ...[...names, `**${ratioOf(ours, theirs).toFixed(2)}**`],
        ...[rough(rateOf(ours)), rough(rateOf(theirs))],
        // A short turn can take less processor time than the system's clock of it can show.
        processorOfOther === 0 ? "—" : (processor / processorOfOther).toFixed(2),
        ...[micros(processor), micros(processorOfOther)],
      ];
    }),
  );
  return `### This build ÷ ${commit}\n\n${text}\n`;
}
