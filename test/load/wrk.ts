/** The figures of one run of wrk. */
export interface Load {
  requestsPerSecond: number;
  requests: number;
  /** Percentiles and maximum of the requests' times, in milliseconds. */
  p99: number;
  p999: number;
  slowest: number;
}

/** The requests of a load. */
export interface Traffic {
  /** JSON body with a "%s" for each word of a line. */
  template: string;
  /** Path of a file with one or two words a line. */
  lines: string;
  headers?: Readonly<Record<string, string>>;
  /** Uses no line twice: a run that needs more lines fails. */
  once?: boolean;
}

/** Threads and connections of the load generator. */
export interface Concurrency {
  threads: number;
  connections: number;
}

export interface LoadOptions extends Traffic {
  url: string;
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
 * @throws Error when a request got no answer, another status than 200, or with `look` a return code
 * other than 0
 */
export async function load(options: LoadOptions): Promise<Load> {
  const { url, template, lines, headers = {}, once = false, seconds, look = false } = options;
  const { threads, connections } = options.concurrency ?? DEFAULT_CONCURRENCY;
  const wrk = Bun.spawn(
    [
      ...["wrk", `-t${threads}`, `-c${connections}`, `-d${seconds}s`],
      ...["-s", `${import.meta.dir}/requests.lua`, url, "--", lines, `${threads}`, template],
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ],
    {
      env: {
        PATH: "/usr/bin:/bin",
        ...(look && { WRK_LOOK: "1" }),
        ...(once && { WRK_ONCE: "1" }),
      },
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [status, text, errors] = await Promise.all([
    wrk.exited,
    new Response(wrk.stdout).text(),
    new Response(wrk.stderr).text(),
  ]);
  const figures = /^figures (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(text)?.slice(1).map(Number);
  if (status !== 0 || figures === undefined || /Non-2xx|Socket errors/.test(text))
    throw new Error(`wrk ended with ${status}:\n${text}${errors}`);
  const [requests = 0, microseconds = 0, p99 = 0, p999 = 0, slowest = 0] = figures;
  return {
    requestsPerSecond: requests / (microseconds / 1e6),
    requests,
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
