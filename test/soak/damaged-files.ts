import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE, Waferd } from "../harness/waferd.ts";
import { damage } from "./damage.ts";
import type { Part, Rounds } from "./part.ts";
import { Seeded } from "./seeded.ts";

const FILE = "data.mdb";
const KEYS = ["master.key", "admin.key"] as const;
const USERS = 240;
const LOGINS_AT_ONCE = 16;
/** Sessions that are checked on each damaged file. */
const CHECKED = 24;
const PATIENCE_MS = 60_000;
/** The commands of an operator whose store looks broken. */
const COMMANDS = [["store", "check"], ["export"], ["doctor"]] as const;

interface Known {
  id: string;
  skey: string;
  openid: string;
  appid: string;
}

/** A filled data folder, and what is in it. */
interface Filled {
  file: Buffer;
  sessions: Known[];
}

/** Notes a fault of one file. */
type Fault = (what: string) => void;

/**
 * Damages a filled data file in many ways, and uses it as an operator and as clients do. No command
 * may die by a signal or print a stack, and nobody may be told that something is not there which
 * is: the answer is right, or a failure of the store.
 *
 * The file of round `n` with seed `s` is damaged as that of round 1 with seed `s + n - 1`.
 *
 * @throws Error with all faults, and the folders in which the files are kept
 */
export async function damagedFiles({ rounds, seed, report }: Rounds): Promise<string> {
  using folder = tempFolder();
  await using production = await startProduction({ dataDir: join(folder.path, "data") });
  const filled = await fill(production);
  const figures = { refused: 0, served: 0, right: 0, failed: 0, hit: 0 };
  const faults: string[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const random = new Seeded(seed + round - 1);
    const { file, what, hits } = damage(filled.file, random);
    const copy = join(folder.path, `damaged-${round}`);
    place(production.waferd.dataDir, copy, file);
    const found: string[] = [];
    const fault: Fault = (text) => void found.push(text);
    await Promise.all(COMMANDS.map((command) => runOn(copy, command, fault)));
    await serveOn(copy, production, filled, { random, fault, figures, hits });
    if (found.length > 0) {
      const kept = join(tmpdir(), `waferd-damaged-${seed + round - 1}`);
      place(production.waferd.dataDir, kept, file);
      faults.push(`--seed ${seed + round - 1}, ${what}, kept in ${kept}:\n  ${found.join("\n  ")}`);
    }
    report(round);
  }
  if (faults.length > 0)
    throw new Error(`${faults.length} of ${rounds} damaged files:\n${faults.join("\n")}`);
  return `${rounds} damaged files, of which ${figures.refused} were refused at the start and ${figures.served} served; ${figures.right} right answers, ${figures.failed} failures of the store, ${figures.hit} about damaged records themselves; no signal, no stack, no wrong "not found"`;
}

/** Fills a store with records of all kinds, and stops its server. */
async function fill({ waferd, user, login, adminKey }: Production): Promise<Filled> {
  const sessions: Known[] = [];
  for (let from = 0; from < USERS; from += LOGINS_AT_ONCE)
    await Promise.all(
      Array.from({ length: LOGINS_AT_ONCE }, async (_, index) => {
        const { appid } = index % 4 === 0 ? OTHER_APP : APP;
        const someone = user(`user-${from + index}`, appid);
        const { returnCode, returnData } = await login(someone);
        if (returnCode !== 0) throw new Error(`a login was refused: ${returnCode}`);
        sessions.push({ id: returnData.id, skey: returnData.skey, openid: someone.openid, appid });
      }),
    );
  const headers = { Authorization: `Bearer ${adminKey}`, "Content-Type": "application/json" };
  for (let index = 0; index < 20; index += 1) {
    const made = await fetch(`${waferd.url}/api/v1/service-keys`, {
      method: "POST",
      headers,
      body: JSON.stringify({ title: `key ${index}`, apps: [APP.appid], capabilities: ["token"] }),
    });
    noteSecret(((await made.json()) as { key: string }).key);
  }
  await waferd.call("qcloud.mimi.access_token", {}, { key: adminKey, appid: APP.appid });
  await waferd.stop();
  return { file: readFileSync(join(waferd.dataDir, FILE)), sessions };
}

/** Makes a data folder with this file, and with the keys of another. */
function place(from: string, to: string, file: Buffer): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const name of KEYS) copyFileSync(join(from, name), join(to, name));
  writeFileSync(join(to, FILE), file, { mode: 0o600 });
}

const STACK =
  /^\s+at .+[:(]\d+|panic[(:]|segmentation fault|Bun has crashed|node_modules|\$bunfs/im;

/** Runs a command of the executable, which may fail, but not crash or hang. */
async function runOn(dataDir: string, command: readonly string[], fault: Fault): Promise<void> {
  const name = command.join(" ");
  const running = Bun.spawn([EXECUTABLE, ...command, "--data-dir", dataDir], {
    env: { PATH: "/usr/bin:/bin" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: PATIENCE_MS,
    killSignal: "SIGKILL",
  });
  const [out, err] = await Promise.all([
    new Response(running.stdout).text(),
    new Response(running.stderr).text(),
    running.exited,
  ]);
  if (running.signalCode !== null) fault(`${name}: ${running.signalCode}: ${brief(err)}`);
  else if (running.exitCode !== null && running.exitCode > 7)
    fault(`${name} ended with ${running.exitCode}`);
  if (STACK.test(out) || STACK.test(err)) fault(`${name}: a stack: ${brief(out + err)}`);
}

const brief = (text: string): string => text.trim().slice(-300).replaceAll("\n", " | ");

interface Look {
  random: Seeded;
  fault: Fault;
  figures: { refused: number; served: number; right: number; failed: number; hit: number };
  /** Tells whether the damage lies in a record that contains this text. */
  hits: (text: string) => boolean;
}

/** Starts a server on the file, and asks it as clients and operators do. */
async function serveOn(
  dataDir: string,
  production: Production,
  { sessions }: Filled,
  look: Look,
): Promise<void> {
  const { random, fault, figures } = look;
  let server: Waferd;
  try {
    server = await Waferd.start({
      dataDir,
      environment: { WAFERD_WECHAT_API_BASE: production.sandbox.apiBase },
    });
  } catch (error) {
    figures.refused += 1;
    const message = (error as Error).message.replaceAll(/^\{.*\n/gm, "");
    if (!/^waferd ended with 1:\n.{20}/s.test(message)) fault(`serve: ${brief(message)}`);
    if (STACK.test(message.replace(/^.*\n/, ""))) fault(`serve: a stack: ${brief(message)}`);
    return;
  }
  figures.served += 1;
  const asking = new Questions(server, production, look);
  try {
    const chosen = Array.from({ length: CHECKED }, () => random.pick(sessions));
    for (const known of chosen) await asking.verify(known);
    await asking.logIn();
    await asking.list("/apps", "appid", [APP.appid, OTHER_APP.appid]);
    for (const { appid } of [APP, OTHER_APP]) {
      const ids = sessions.filter((one) => one.appid === appid).map(({ id }) => id);
      await asking.list(`/apps/${appid}/sessions`, "id", ids);
    }
  } catch (error) {
    fault(`serve: no answer: ${(error as Error).message}`);
  }
  const ended = await stop(server);
  if (ended !== null) fault(`serve: ${ended}`);
  const printed = printedBy(server);
  if (STACK.test(printed)) fault(`serve: a stack: ${brief(printed)}`);
  const bug = server.log.find(({ msg }) => String(msg).startsWith("a bug"));
  if (bug !== undefined) fault(`serve: ${JSON.stringify(bug)}`);
}

/** Returns what a server wrote beside its log, whose lines may hold the stack of a cause. */
const printedBy = ({ output }: Waferd): string =>
  output
    .split("\n")
    .filter((line) => !line.startsWith("{"))
    .join("\n");

/** Stops a server, and returns how it died, or null. */
async function stop(server: Waferd): Promise<string | null> {
  server.signal("SIGTERM");
  const late = setTimeout(() => server.signal("SIGKILL"), PATIENCE_MS);
  const status = await server.exited();
  clearTimeout(late);
  return status > 7 ? `it ended with ${status}: ${brief(server.output)}` : null;
}

/** Return codes with which the envelope says that the store failed. */
const STORE_FAILURES = new Set([1001, 1006, 1008]);

/** The questions to one server. */
class Questions {
  readonly #server;
  readonly #production;
  readonly #look;

  constructor(server: Waferd, production: Production, look: Look) {
    this.#server = server;
    this.#production = production;
    this.#look = look;
  }

  async verify({ id, skey, openid }: Known): Promise<void> {
    const answer = await this.#server
      .call("qcloud.cam.auth", { id, skey })
      .catch((error: unknown) => {
        // The profile's bytes go out as they are stored, and LMDB has no checksums.
        if (error instanceof SyntaxError && this.#look.hits(id)) return null;
        throw error;
      });
    if (answer === null) {
      this.#look.figures.hit += 1;
      return;
    }
    const { returnCode, returnData } = answer;
    const isRight = returnCode === 0 && returnData.openid === openid;
    if (isRight || STORE_FAILURES.has(returnCode)) return this.#count(isRight);
    if (this.#look.hits(id)) this.#look.figures.hit += 1;
    else this.#look.fault(`a session that is there: ${returnCode} ${returnData?.openid ?? ""}`);
  }

  /** A login without an appid, which looks for the first app. */
  async logIn(): Promise<void> {
    const { sandbox, user } = this.#production;
    const code = sandbox.world.giveCode(user("another new user"));
    const answer = await this.#server.call("qcloud.cam.id_skey", { code });
    const isRight = answer.returnCode === 0;
    if (isRight || STORE_FAILURES.has(answer.returnCode)) return this.#count(isRight);
    this.#look.fault(`a login: ${answer.returnCode} ${answer.returnMessage}`);
  }

  async list(path: string, member: string, expected: readonly string[]): Promise<void> {
    const seen = new Set<string>();
    let cursor = "";
    do {
      const response = await fetch(`${this.#server.url}/api/v1${path}?limit=100${cursor}`, {
        headers: { Authorization: `Bearer ${this.#production.adminKey}` },
      });
      if (response.status >= 500) return this.#count(false);
      if (response.status !== 200)
        return this.#look.fault(`the list ${path}: ${response.status} ${await response.text()}`);
      const page = (await response.json()) as { items: Record<string, string>[]; next: string };
      for (const item of page.items) seen.add(item[member] ?? "");
      cursor = page.next === null ? "" : `&cursor=${encodeURIComponent(page.next)}`;
    } while (cursor !== "");
    const missing = expected.filter((one) => !seen.has(one));
    const unexplained = missing.filter((one) => !this.#look.hits(one));
    this.#look.figures.hit += missing.length - unexplained.length;
    if (unexplained.length > 0)
      this.#look.fault(`the list ${path} lacks ${unexplained.length} of ${expected.length}`);
    else this.#count(true);
  }

  #count(isRight: boolean): void {
    if (isRight) this.#look.figures.right += 1;
    else this.#look.figures.failed += 1;
  }
}

export const DAMAGES: Part = { name: "damage", rounds: 200, run: damagedFiles };
