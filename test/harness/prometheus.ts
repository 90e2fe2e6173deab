import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { tempFolder } from "./temp-folder.ts";

/** A series of an answer. */
interface Sample {
  metric: Record<string, string>;
}

/**
 * A private Prometheus that scrapes one server every second, as the job `waferd`, and evaluates
 * alert rules.
 */
export class Prometheus implements AsyncDisposable {
  readonly #url: string;
  readonly #process: Bun.Subprocess<"ignore", "ignore", "pipe">;
  readonly #folder: Disposable;

  private constructor(
    url: string,
    process: Bun.Subprocess<"ignore", "ignore", "pipe">,
    folder: Disposable,
  ) {
    this.#url = url;
    this.#process = process;
    this.#folder = folder;
  }

  /**
   * Starts Prometheus.
   *
   * @param target host and port of a metrics page
   * @param rules file of alert rules
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

  /** Returns the names of all metrics that it has scraped. */
  async names(): Promise<string[]> {
    return (await this.#get("/api/v1/label/__name__/values")) as string[];
  }

  /**
   * Evaluates an expression now.
   *
   * @throws Error with Prometheus's message when the expression is invalid
   */
  async query(expression: string): Promise<Sample[]> {
    const { result } = (await this.#get("/api/v1/query", { query: expression })) as {
      result: Sample[];
    };
    return result;
  }

  /** Returns its alert rules with the results of their last evaluation. */
  async rules(): Promise<{ name: string; health: string; lastError?: string }[]> {
    const { groups } = (await this.#get("/api/v1/rules")) as { groups: { rules: [] }[] };
    return groups.flatMap(({ rules }) => rules);
  }

  /** Waits until an expression has a result. */
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
