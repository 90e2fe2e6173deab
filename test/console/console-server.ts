import { freePort } from "../harness/free-port.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { Waferd } from "../harness/waferd.ts";

/** The executable with its console, which can stop and return; `await using` ends it. */
export class ConsoleServer implements AsyncDisposable {
  readonly url: string;
  readonly #folder: { path: string } & Disposable;
  readonly #start: () => Promise<Waferd>;
  #waferd: Waferd | null;

  private constructor(
    folder: { path: string } & Disposable,
    waferd: Waferd,
    start: () => Promise<Waferd>,
  ) {
    this.#folder = folder;
    this.#waferd = waferd;
    this.#start = start;
    this.url = waferd.url;
  }

  static async start({ args = ["--sandbox"] }: { args?: string[] } = {}): Promise<ConsoleServer> {
    const folder = tempFolder();
    const port = String(await freePort());
    const start = () => Waferd.start({ args: ["--port", port, ...args], dataDir: folder.path });
    return new ConsoleServer(folder, await start(), start);
  }

  get waferd(): Waferd {
    if (this.#waferd === null) throw new Error("the server is stopped");
    return this.#waferd;
  }

  async stop(): Promise<void> {
    await this.#waferd?.[Symbol.asyncDispose]();
    this.#waferd = null;
  }

  /** Starts it again at the same address with the same data. */
  async return(): Promise<void> {
    this.#waferd = await this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#folder[Symbol.dispose]();
  }
}
