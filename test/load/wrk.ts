/** What one run of wrk measured. */
export interface Load {
  requestsPerSecond: number;
  requests: number;
  /** Of the requests' times, in milliseconds, with the slowest of all. */
  p99: number;
  p999: number;
  slowest: number;
}

/** What is asked. */
export interface Traffic {
  /** JSON with a "%s" for each word of a line. */
  template: string;
  /** A file of one or two words a line. */
  lines: string;
  headers?: Readonly<Record<string, string>>;
  /** No line may be used twice: running out of them fails the run. */
  once?: boolean;
}

/** How much of a crowd the load generator is. */
export interface Crowd {
  threads: number;
  connections: number;
}

export interface LoadOptions extends Traffic {
  url: string;
  seconds: number;
  /** USUAL_CROWD without it. */
  crowd?: Crowd;
  /** Looks at every answer, which costs the generator a third of its speed. */
  look?: boolean;
}

/** What the figures are taken with. */
export const USUAL_CROWD: Crowd = { threads: 2, connections: 32 };

/**
 * Runs wrk once against a server.
 *
 * @throws Error when a request got no answer, or one that is not 200, or with `look` one that is no success
 */
export async function load(options: LoadOptions): Promise<Load> {
  const { url, template, lines, headers = {}, once = false, seconds, look = false } = options;
  const { threads, connections } = options.crowd ?? USUAL_CROWD;
  const wrk = Bun.spawn(
    [
      ...["wrk", `-t${threads}`, `-c${connections}`, `-d${seconds}s`],
      ...["-s", `${import.meta.dir}/requests.lua`, url, "--", lines, `${threads}`, template],
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ],
    {
      env: { PATH: "/usr/bin:/bin", ...(look && { WRK_LOOK: "1" }), ...(once && { WRK_ONCE: "1" }) },
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

/** The middle one of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}
