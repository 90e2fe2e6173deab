import { join } from "node:path";
import type { Traffic } from "./wrk.ts";

/**
 * The figures of an open loop: requests are sent by a clock, whether or not earlier ones were
 * answered.
 */
export interface OpenLoad {
  /** Requests a second for which the clock was set. */
  rate: number;
  /** All that were sent; the times are of nine tenths of them. */
  requests: number;
  /**
   * Milliseconds from the moment at which the clock wanted a request sent to the end of its answer,
   * so that a delay counts for all requests that it holds up.
   */
  p50: number;
  p99: number;
  p999: number;
  slowest: number;
}

export interface OpenLoadOptions extends Traffic {
  url: string;
  /** Requests a second. */
  rate: number;
}

/**
 * Sends each request of a file once, at a fixed rate. It runs in a process of its own, because the
 * simulated WeChat of this one would delay it.
 *
 * @throws Error when an answer is wrong, or one does not come
 */
export async function openLoad(options: OpenLoadOptions): Promise<OpenLoad> {
  const { url, rate, requests, status = 200, expected } = options;
  const client = Bun.spawn(
    [
      ...[process.execPath, join(import.meta.dir, "open-loop-client.ts")],
      ...[url, `${rate}`, requests, `${status}`, expected],
    ],
    { stdout: "pipe", stderr: "pipe" },
  );
  const [exit, text, errors] = await Promise.all([
    client.exited,
    new Response(client.stdout).text(),
    new Response(client.stderr).text(),
  ]);
  if (exit !== 0) throw new Error(`the open loop ended with ${exit}:\n${text}${errors}`);
  return JSON.parse(text);
}
