import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { childrenOf } from "./processes.ts";
import { noteSecret, secretsIn } from "./secrets.ts";
import { testStore } from "./stores/store.ts";
import { tempFolder } from "./temp-folder.ts";

/** The executable under test: `npm test` names the one that is unpacked from a package. */
export const EXECUTABLE =
  process.env["TESTED_EXECUTABLE"] ?? join(import.meta.dir, "../../dist/waferd");

export interface StartOptions {
  args?: readonly string[];
  environment?: Record<string, string>;
  /** An existing data folder; by default one in a new temporary folder. */
  dataDir?: string;
  /** A command that becomes the executable, such as a tracer that forks off. */
  through?: readonly string[];
}

/** An answer of the envelope. */
export interface EnvelopeAnswer {
  returnCode: number;
  returnMessage: string;
  // biome-ignore lint/suspicious/noExplicitAny: data of any interface
  returnData: any;
  version: number;
  componentName: string;
  wechat?: { errcode: number; errmsg: string; rid: string | null };
}

export interface CallOptions {
  appid?: string;
  key?: string;
  path?: string;
  headers?: Record<string, string>;
}

/** A process of the compiled executable, in a temporary folder. */
export class Waferd implements AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly dataDir: string;
  readonly #process: Bun.Subprocess;
  readonly #folder: Disposable;
  readonly #output: { text: string };
  readonly #ended: Promise<number>;

  private constructor(
    url: string,
    dataDir: string,
    process: Bun.Subprocess,
    folder: Disposable,
    output: { text: string },
    ended: Promise<number>,
  ) {
    this.url = url;
    this.pid = process.pid;
    this.dataDir = dataDir;
    this.#process = process;
    this.#folder = folder;
    this.#output = output;
    this.#ended = ended;
  }

  /** Starts the executable on a free port and waits until it listens. */
  static async start({
    args = [],
    environment = {},
    dataDir,
    through = [],
  }: StartOptions = {}): Promise<Waferd> {
    if (!existsSync(EXECUTABLE)) throw new Error("build the executable first: npm run build");
    const folder = tempFolder();
    const data = dataDir ?? join(folder.path, "data");
    const process = await spawn(folder.path, data, args, environment, through);
    const output = { text: "" };
    const url = Promise.withResolvers<string>();
    let isListening = false;
    const streams = [process.stdout, process.stderr].map((stream) =>
      collect(stream, output, () => {
        // A search of the whole output for each line of a long log takes the time of the test.
        if (isListening) return;
        const found = /listens on (\S+), with/.exec(output.text)?.[1];
        if (found === undefined) return;
        isListening = true;
        url.resolve(found);
      }),
    );
    const ended = Promise.all([process.exited, ...streams]).then(([status]) => status);
    void ended.then((status) =>
      url.reject(new Error(`waferd ended with ${status}:\n${output.text}`)),
    );
    return new Waferd(await url.promise, data, process, folder, output, ended);
  }

  /** Starts the executable and kills it after so many milliseconds, at any point of its start. */
  static async killWhileStarting(
    dataDir: string,
    ms: number,
    args: readonly string[] = [],
  ): Promise<void> {
    using folder = tempFolder();
    const process = await spawn(folder.path, dataDir, args, {});
    await Bun.sleep(ms);
    process.kill("SIGKILL");
    await process.exited;
  }

  /** Everything that it has written to standard output and standard error. */
  get output(): string {
    return this.#output.text;
  }

  /** The parsed lines of its log. */
  get log(): Record<string, unknown>[] {
    return this.output
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line));
  }

  /**
   * Waits for a line of its log, because a pipe may lag behind an answer, and returns the first
   * match.
   */
  async logged(isIt: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    for (let tries = 0; tries < 1500; tries += 1) {
      const line = this.log.find(isIt);
      if (line !== undefined) return line;
      await Bun.sleep(10);
    }
    throw new Error(`no such line in the log:\n${this.output}`);
  }

  get adminKey(): string {
    const key = readFileSync(join(this.dataDir, "admin.key"), "utf8").trim();
    noteSecret(key);
    return key;
  }

  /** Posts a body without changing it. */
  async post(
    body: string | Uint8Array,
    { path = "/", key, headers = {} }: CallOptions = {},
  ): Promise<Response> {
    if (key !== undefined) noteSecret(key);
    return fetch(`${this.url}${path}`, {
      method: "POST",
      body,
      headers: { ...(key !== undefined && { Authorization: `Bearer ${key}` }), ...headers },
    });
  }

  /** Calls an interface, and checks the properties that all answers share. */
  async call(
    interfaceName: string,
    para: Record<string, unknown>,
    options: CallOptions = {},
  ): Promise<EnvelopeAnswer> {
    noteSecret(para["secret"], para["skey"], para["code"], para["agentsecret"]);
    const { appid } = options;
    const request = {
      version: 1,
      componentName: "MA",
      interface: { interfaceName, ...(appid && { appid }), para },
    };
    return this.read(await this.post(JSON.stringify(request), options));
  }

  /** The envelope in a response. */
  async read(response: Response): Promise<EnvelopeAnswer> {
    if (response.status !== 200) throw new Error(`HTTP ${response.status} instead of 200`);
    const type = response.headers.get("content-type");
    if (type !== "application/json; charset=utf-8") throw new Error(`content type ${type}`);
    if (!response.headers.get("x-request-id")) throw new Error("no X-Request-Id");
    const answer = (await response.json()) as EnvelopeAnswer;
    if (answer.version !== 1 || answer.componentName !== "MA")
      throw new Error(`no envelope: ${JSON.stringify(answer)}`);
    const { skey, access_token, ticket, agent_ticket } = answer.returnData ?? {};
    noteSecret(skey, access_token, ticket, agent_ticket);
    return answer;
  }

  /**
   * Simulates a full disk: no file can grow beyond so many bytes. LMDB overwrites its first two
   * pages on every commit, which a full disk allows.
   */
  fillDisk(bytes = 2 * 4096): void {
    this.#limitFileSize(bytes);
  }

  freeDisk(): void {
    this.#limitFileSize("unlimited");
  }

  #limitFileSize(bytes: number | "unlimited"): void {
    for (const pid of [this.pid, ...this.workers]) {
      const limit = `--fsize=${bytes}:unlimited`;
      const limited = Bun.spawnSync(["prlimit", "--pid", String(pid), limit]);
      if (limited.exitCode !== 0) throw new Error(`prlimit: ${limited.stderr}`);
    }
  }

  /** The id of its only worker. */
  get worker(): number {
    const [pid, ...others] = this.workers;
    if (pid === undefined || others.length > 0) throw new Error(`workers: ${this.workers}`);
    return pid;
  }

  /** The ids of its worker processes, in ascending order. */
  get workers(): number[] {
    return childrenOf(this.pid);
  }

  signal(
    signal: "SIGTERM" | "SIGINT" | "SIGKILL" | "SIGHUP" | "SIGUSR1" | "SIGSTOP" | "SIGCONT",
  ): void {
    this.#process.kill(signal);
  }

  /** Waits until it has ended and its output is read, and returns its exit status. */
  exited(): Promise<number> {
    return this.#ended;
  }

  /**
   * Stops it by SIGTERM.
   *
   * @throws Error when its exit status is not 0, or its log contains a secret or reports a bug
   */
  async stop(): Promise<void> {
    this.signal("SIGTERM");
    const status = await this.exited();
    if (status !== 0) throw new Error(`waferd ended with ${status}:\n${this.output}`);
    this.#searchLog();
  }

  #searchLog(): void {
    const found = secretsIn(this.output);
    if (found.length > 0) throw new Error(`the log contains secrets: ${found.join(", ")}`);
    const bug = this.log.find(({ msg }) => String(msg).startsWith("a bug"));
    if (bug !== undefined) throw new Error(`the log reports a bug: ${JSON.stringify(bug)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#process.exitCode === null && this.#process.signalCode === null) await this.stop();
      else {
        await this.exited();
        this.#searchLog();
      }
    } finally {
      this.#folder[Symbol.dispose]();
    }
  }
}

const spawn = async (
  cwd: string,
  dataDir: string,
  args: readonly string[],
  environment: Record<string, string>,
  through: readonly string[] = [],
) =>
  Bun.spawn([...through, EXECUTABLE, "serve", "--port", "0", "--data-dir", dataDir, ...args], {
    cwd,
    env: { PATH: "/usr/bin:/bin", ...(await testStore.environment(dataDir)), ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });

async function collect(
  stream: ReadableStream<Uint8Array>,
  output: { text: string },
  more: () => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    output.text += decoder.decode(chunk, { stream: true });
    more();
  }
}
