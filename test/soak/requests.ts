import { closeSync, openSync, readFileSync, readSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Api } from "../harness/api.ts";
import { runCommand } from "../harness/command.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { Waferd } from "../harness/waferd.ts";
import type { Part, Rounds } from "./part.ts";
import {
  type Knowledge,
  type OwnSession,
  type Protocol,
  RequestMix,
  type Sent,
} from "./request-mix.ts";
import { Seeded } from "./seeded.ts";
import { Wire, type WireAnswer } from "./wire.ts";

/** Concurrent clients. */
const CLIENTS = 24;
const OWN = 40;
const VICTIMS = 12;
/** Faults after which the rest is not tried. */
const ENOUGH = 10;
/** Requests between two searches of the log. */
const LOG_EVERY = 50_000;
const CHUNK = 1 << 22;

/**
 * The return codes that a request can cause while nothing is broken; 2000 is not one, nor are those
 * of a failed store.
 */
const RETURN_CODES = new Set([
  ...[-1, 0, 1002, 1003, 1005, 1007, 1009, 1010, 1011, 1012, 1013],
  ...[40013, 40014, 40029, 45011, 60012, 60021],
]);
/**
 * Statuses that WeChat causes. forward-auth says 503 instead, and so does /readyz where the machine
 * is too busy for an answer within a second.
 */
const UPSTREAM = new Set([502, 504]);
/** Bun's answers to bytes that it cannot read as a request. */
const NO_REQUEST = new Set([501, 505]);

/**
 * Sends random requests of all protocols to the executable with two workers, and some to its
 * sandbox.
 *
 * @throws Error when an answer reports a bug or a failed store, when a process ends, or when an
 *   answer, a log line, a figure or a command line has a secret that it must not have
 */
export async function sendRequests({ rounds, seed, report }: Rounds): Promise<string> {
  using folder = tempFolder();
  const logFile = join(folder.path, "waferd.log");
  await using production = await startProduction({
    environment: {
      ...{ WAFERD_WORKERS: "2", WAFERD_METRICS: "true", WAFERD_LOG_FILE: logFile },
      // Otherwise most requests with a key would end there.
      WAFERD_LIMITS_FAILED_KEYS: "off",
    },
  });
  await using sandbox = await Waferd.start({
    args: ["--sandbox"],
    environment: { WAFERD_LOG_ACCESS: "false" },
  });
  const { waferd } = production;
  const { knowledge, secrets } = await prepare(production);
  const random = new Seeded(seed);
  const { document } = await Api.of(waferd);
  const mix = new RequestMix(random, knowledge, document);
  const log = new LogSearch(logFile, waferd, secrets.all);
  const workers = waferd.workers.join();
  const faults: string[] = [];
  const statuses = new Map<Protocol, number>();
  let sent = 0;
  const startedAt = performance.now();
  const client = async (): Promise<void> => {
    const ours = new Wire(waferd.url);
    const played = new Wire(sandbox.url);
    while (sent < rounds && faults.length < ENOUGH) {
      sent += 1;
      const nth = sent;
      const request = mix.next();
      statuses.set(request.protocol, (statuses.get(request.protocol) ?? 0) + 1);
      const wire = request.protocol === "sandbox" ? played : ours;
      const fault = await exchange(wire, request, secrets).catch((error: Error) => error.message);
      if (fault !== null) faults.push(`${fault}\n${shown(request)}`);
      if (nth % 1000 === 0) report(nth);
      if (nth % LOG_EVERY === 0) faults.push(...(await log.search()));
    }
    ours.close();
    played.close();
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const rate = Math.round((1000 * sent) / (performance.now() - startedAt));
  faults.push(...(await log.search()));
  faults.push(...(await lookAround(production, secrets.all, workers)));
  const check = await runCommand(["store", "check", "--data-dir", waferd.dataDir]);
  if (check.status !== 0) faults.push(`store check: ${check.stdout}${check.stderr}`);
  if (faults.length > 0)
    throw new Error(`${faults.length} faults in ${sent} requests:\n${faults.join("\n\n")}`);
  const counts = [...statuses].map(([protocol, count]) => `${protocol} ${count}`).join(", ");
  return `${sent} random requests (${counts}), ${rate} a second, 0 crashes, 0 of ${secrets.all.length} secrets, ${log.bytes} bytes of log searched`;
}

/** The secrets, and who may see which. */
interface Secrets {
  /** Nobody sees these, but in an answer to a request that has them. */
  all: string[];
  /** Tokens and tickets: holders of a key see them. */
  hosted: Set<string>;
}

/** Makes sessions, keys and tokens. */
async function prepare(
  production: Production,
): Promise<{ knowledge: Knowledge; secrets: Secrets }> {
  const { waferd, sandbox, adminKey } = production;
  const { world } = sandbox;
  const users = Array.from({ length: OWN + VICTIMS }, (_, index) => {
    const user = production.user(`user-${index}`, (index % 5 === 0 ? OTHER_APP : APP).appid);
    world.change(user, { sessionKey: world.newSessionKey() });
    return user;
  });
  const sessions: OwnSession[] = [];
  for (const user of users) {
    const { returnData } = await production.login(user);
    sessions.push({ id: returnData.id, skey: returnData.skey });
  }
  const headers = { Authorization: `Bearer ${adminKey}`, "Content-Type": "application/json" };
  const service: string[] = [];
  for (const capabilities of [["token", "ticket"], ["session.read"], ["session.read", "phone"]]) {
    const made = await fetch(`${waferd.url}/api/v1/service-keys`, {
      method: "POST",
      headers,
      body: JSON.stringify({ title: "soak", apps: [APP.appid], capabilities }),
    });
    service.push(((await made.json()) as { key: string }).key);
  }
  const hosted = new Set<string>();
  for (const name of ["access_token", "ticket"]) {
    const options = { key: adminKey, appid: APP.appid };
    const { returnData } = await waferd.call(`qcloud.mimi.${name}`, {}, options);
    hosted.add(returnData[name]);
  }
  let next = 0;
  const knowledge: Knowledge = {
    keys: { admin: adminKey, service },
    own: sessions.slice(0, OWN),
    foreign: sessions.slice(OWN).map(({ id }) => id),
    device() {
      next = (next + 1) % OWN;
      return production.device(users[next] as (typeof users)[number]);
    },
    url: waferd.url,
  };
  const masterKey = readFileSync(join(waferd.dataDir, "master.key"), "utf8").trim();
  const all = [
    ...[adminKey, masterKey, APP.secret, OTHER_APP.secret, ...service],
    ...sessions.map(({ skey }) => skey),
    ...users.map(({ sessionKey }) => sessionKey),
    ...hosted,
  ];
  return { knowledge, secrets: { all, hosted } };
}

/** Sends a request. Returns what is wrong with its answer, or null. */
async function exchange(wire: Wire, request: Sent, secrets: Secrets): Promise<string | null> {
  const { protocol, bytes, isHead } = request;
  if (protocol === "malformed") {
    const answer = await wire.throwAt(bytes, { halfClose: bytes.length % 2 === 0 });
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);
    if (status >= 500 && !NO_REQUEST.has(status)) return `${status}: ${brief(answer)}`;
    return /"returnCode":2000/.test(answer) ? brief(answer) : leak(answer, request, secrets);
  }
  const answer = await wire.send(bytes, isHead);
  // A large body is refused unread, and the connection closed.
  if (answer === null) return bytes.length > 100_000 ? null : "closed without an answer";
  return wrong(answer, protocol) ?? leak(answer.head + answer.body, request, secrets);
}

function wrong({ status, head, body }: WireAnswer, protocol: Protocol): string | null {
  const isOutage =
    status === 503 && (protocol === "forward-auth" || body.includes("did not answer within"));
  if (status === 0 || (status >= 500 && !UPSTREAM.has(status) && !isOutage))
    return `${status}: ${brief(body)}`;
  if (protocol !== "envelope" || status !== 200 || body === "") return null;
  const code = Number(/"returnCode":(-?\d+)/.exec(body)?.[1]);
  return RETURN_CODES.has(code) ? null : `returnCode ${code}: ${brief(head + body)}`;
}

/** Finds a secret that the request does not have. */
function leak(
  answer: string,
  { text, bytes, mayRead, protocol }: Sent,
  secrets: Secrets,
): string | null {
  if (protocol === "docs" && answer.length > 100_000) return null;
  for (const secret of secrets.all) {
    if (!answer.includes(secret)) continue;
    if (text.includes(secret) || bytes.includes(secret)) continue;
    if (mayRead && secrets.hosted.has(secret)) continue;
    return `the secret ${secret} in ${brief(answer)}`;
  }
  return null;
}

const brief = (text: string): string => text.slice(0, 500);
const shown = ({ bytes }: Sent): string => JSON.stringify(bytes.toString("latin1", 0, 1500));

/** Searches the log for secrets and bugs, and starts a new file, so that it does not grow. */
class LogSearch {
  bytes = 0;
  readonly #path;
  readonly #waferd;
  readonly #secrets;

  constructor(path: string, waferd: Waferd, secrets: readonly string[]) {
    this.#path = path;
    this.#waferd = waferd;
    this.#secrets = secrets;
  }

  async search(): Promise<string[]> {
    const moved = `${this.#path}.${this.bytes}`;
    renameSync(this.#path, moved);
    this.#waferd.signal("SIGUSR1");
    // Lines that are under way still go to the file that was moved.
    await Bun.sleep(1000);
    const found: string[] = [];
    const file = openSync(moved, "r");
    const chunk = Buffer.alloc(CHUNK);
    let rest = "";
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      this.bytes += read;
      const text = rest + chunk.toString("latin1", 0, read);
      const end = text.lastIndexOf("\n") + 1;
      found.push(...this.#faultsIn(text.slice(0, end)));
      rest = text.slice(end);
    }
    closeSync(file);
    rmSync(moved);
    return found.slice(0, ENOUGH);
  }

  #faultsIn(text: string): string[] {
    const forms = this.#secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
    const found = [...new Set(forms)]
      .filter((secret) => text.includes(secret))
      .map((secret) => `the log has ${secret}: ${lineAt(text, text.indexOf(secret))}`);
    for (const [line] of text.matchAll(/^.*"(?:msg":"a bug|msg":"a worker|level":"fatal).*$/gm))
      found.push(`the log: ${line.slice(0, 1000)}`);
    return found;
  }
}

const lineAt = (text: string, at: number): string =>
  text.slice(text.lastIndexOf("\n", at) + 1, text.indexOf("\n", at)).slice(0, 1000);

/** Looks for ended processes, and for secrets in what others can see of the running ones. */
async function lookAround(
  { waferd, adminKey }: Production,
  secrets: readonly string[],
  workers: string,
): Promise<string[]> {
  const found: string[] = [];
  if (waferd.workers.join() !== workers)
    found.push(`the workers were ${workers}, and are ${waferd.workers.join()}`);
  const metrics = await fetch(`${waferd.url}/metrics`, {
    headers: { Authorization: `Bearer ${adminKey}` },
  });
  if (metrics.status !== 200) found.push(`/metrics: ${metrics.status}`);
  const seen = new Map([["/metrics", await metrics.text()]]);
  for (const pid of [waferd.pid, ...waferd.workers])
    for (const name of ["cmdline", "comm", "environ"])
      seen.set(`${name} of ${pid}`, readFileSync(`/proc/${pid}/${name}`, "latin1"));
  for (const [place, text] of seen)
    for (const secret of secrets) if (text.includes(secret)) found.push(`${secret} in ${place}`);
  return found;
}

export const REQUESTS: Part = { name: "requests", rounds: 1_000_000, run: sendRequests };
