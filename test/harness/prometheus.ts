import { join } from "node:path";
import { freePort } from "./redis.ts";
import { tempFolder } from "./temp-folder.ts";

/** One series of an answer. */
interface Sample {
  metric: Record<string, string>;
}

/** A Prometheus of the tests' own that scrapes one server every second, as the job `waferd`, and has our alert rules. */
export class Prometheus implements AsyncDisposable {
  readonly #url: string;
  readonly #process: Bun.Subprocess<"ignore", "ignore", "pipe">;
  readonly #folder: Disposable;

  private constructor(url: string, process: Bun.Subprocess<"ignore", "ignore", "pipe">, folder: Disposable) {
    this.#url = url;
    this.#process = process;
    this.#folder = folder;
  }

  /**
   * Starts it.
   *
   * @param target host and port of a page of metrics
   * @param rules the file of alert rules
   */
  static async start(target: string, rules: string): Promise<Prometheus> {
    const folder = tempFolder();
    const config = join(folder.path, "prometheus.json");
    await Bun.write(
      config,
      JSON.stringify({
        global: { scrape_interval: "1s", evaluation_interval: "1s" },
        rule_files: [rules],
        scrape_configs: [{ job_name: "waferd", static_configs: [{ targets: [target] }] }],
      }),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const process = Bun.spawn(
      [
        "prometheus",
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder.path, "data")}`,
        `--web.listen-address=${address}`,
        "--log.level=warn",
      ],
      { stdin: "ignore", stdout: "ignore", stderr: "pipe" },
    );
    return new Prometheus(`http://${address}`, process, folder);
  }

  /** The names of all metrics that it has. */
  async names(): Promise<string[]> {
    return (await this.#get("/api/v1/label/__name__/values")) as string[];
  }

  /** Evaluates an expression at this moment; throws what Prometheus has against it. */
  async query(expression: string): Promise<Sample[]> {
    const { result } = (await this.#get("/api/v1/query", { query: expression })) as { result: Sample[] };
    return result;
  }

  /** The names of its alert rules, with what they said of themselves at the last evaluation. */
  async rules(): Promise<{ name: string; health: string; lastError?: string }[]> {
    const { groups } = (await this.#get("/api/v1/rules")) as { groups: { rules: [] }[] };
    return groups.flatMap(({ rules }) => rules);
  }

  /** Waits until an expression has an answer. */
  async until(expression: string): Promise<void> {
    for (let tries = 0; tries < 300; tries += 1) {
      if (this.#process.exitCode !== null)
        throw new Error(`prometheus ended: ${await new Response(this.#process.stderr).text()}`);
      const found = await this.query(expression).catch(() => []);
      if (found.length > 0) return;
      await Bun.sleep(100);
    }
    throw new Error(`prometheus has no answer to ${expression}`);
  }

  async #get(path: string, query: Record<string, string> = {}): Promise<unknown> {
    const answer = await fetch(`${this.#url}${path}?${new URLSearchParams(query)}`);
    const { status, data, error } = (await answer.json()) as {
      status: string;
      data: unknown;
      error?: string;
    };
    if (status !== "success") throw new Error(error);
    return data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.exited;
    this.#folder[Symbol.dispose]();
  }
}
