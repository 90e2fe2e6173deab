import type { HttpRequest } from "./http-request.ts";

/** The figures of one run of wrk. */
export interface Load {
  requestsPerSecond: number;
  requests: number;
  /** Percentiles and maximum of the requests' times, in milliseconds. */
  p50: number;
  p99: number;
  p999: number;
  slowest: number;
}

/** The requests of a load. */
export interface Traffic {
  /** Path of a file of requests, see writeRequests(). */
  requests: string;
  /** One of them, which can be sent before the others. */
  sample: HttpRequest;
  /** Status of the answers; by default 200. */
  status?: number;
  /** A text in the body of every correct answer. */
  expected: string;
  /** Sends no request twice: the run ends when all were sent. */
  once?: boolean;
  /** Replaces the session of the only request by ones drawn from so many, see `drawnProof`. */
  drawnFrom?: number;
}

/** Threads and connections of the load generator. */
export interface Concurrency {
  threads: number;
  connections: number;
}

export interface LoadOptions extends Traffic {
  url: string;
  /** Duration of the run, unless the requests end before. */
  seconds: number;
  /** By default DEFAULT_CONCURRENCY. */
  concurrency?: Concurrency;
  /** Checks every answer, which costs the generator a third of its speed. */
  look?: boolean;
}

/** The concurrency of the published figures. */
export const DEFAULT_CONCURRENCY: Concurrency = { threads: 2, connections: 32 };

/**
 * Runs wrk once against a server.
 *
 * @throws Error when a request got no answer, another status than 2xx, or with `look` a wrong
 * answer
 */
export async function load(options: LoadOptions): Promise<Load> {
  const { url, requests: file, status = 200, expected, seconds } = options;
  const { once = false, drawnFrom, look = false } = options;
  const { threads, connections } = options.concurrency ?? DEFAULT_CONCURRENCY;
  const wrk = Bun.spawn(
    [
      ...["wrk", `-t${threads}`, `-c${connections}`, `-d${Math.ceil(seconds)}s`],
      ...["-s", `${import.meta.dir}/requests.lua`, url, "--", file, `${threads}`],
    ],
    {
      env: {
        PATH: "/usr/bin:/bin",
        ...(look && { WRK_LOOK: expected, WRK_STATUS: `${status}` }),
        ...(once && { WRK_ONCE: "1" }),
        ...(drawnFrom !== undefined && { WRK_SESSIONS: `${drawnFrom}` }),
      },
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  // wrk knows whole seconds only; at this signal it prints its figures.
  const end = Number.isInteger(seconds)
    ? undefined
    : setTimeout(() => wrk.kill("SIGINT"), seconds * 1000);
  const [exit, text, errors] = await Promise.all([
    wrk.exited,
    new Response(wrk.stdout).text(),
    new Response(wrk.stderr).text(),
  ]);
  clearTimeout(end);
  const figures = /^figures (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(text)?.slice(1).map(Number);
  if (exit !== 0 || figures === undefined || /Non-2xx|Socket errors/.test(text))
    throw new Error(`wrk ended with ${exit}:\n${text}${errors}`);
  const [requests = 0, microseconds = 0, p50 = 0, p99 = 0, p999 = 0, slowest = 0] = figures;
  return {
    requestsPerSecond: requests / (microseconds / 1e6),
    requests,
    p50: p50 / 1000,
    p99: p99 / 1000,
    p999: p999 / 1000,
    slowest: slowest / 1000,
  };
}

/** Returns the median of figures. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}
