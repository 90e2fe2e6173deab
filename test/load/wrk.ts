/** What one run of wrk measured. */
export interface Load {
  requestsPerSecond: number;
  requests: number;
  /** Of the requests' times, in milliseconds. */
  p99: number;
}

export interface LoadOptions {
  url: string;
  /** Lines of "id skey"; see verify.lua. */
  proofs: string;
  seconds: number;
  connections?: number;
  threads?: number;
  /** Looks at every answer, which costs the generator a third of its speed. */
  look?: boolean;
}

/**
 * Runs wrk once against a server's checks of sessions.
 *
 * @throws Error when a request got no answer, or one that is no success
 */
export async function load(options: LoadOptions): Promise<Load> {
  const { url, proofs, seconds, connections = 32, threads = 2, look = false } = options;
  const script = `${import.meta.dir}/verify.lua`;
  const wrk = Bun.spawn(
    [
      "wrk",
      `-t${threads}`,
      `-c${connections}`,
      `-d${seconds}s`,
      "--latency",
      "-s",
      script,
      url,
      "--",
      proofs,
      `${threads}`,
    ],
    {
      env: { PATH: "/usr/bin:/bin", ...(look && { VERIFY_ANSWERS: "1" }) },
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [status, text, errors] = await Promise.all([
    wrk.exited,
    new Response(wrk.stdout).text(),
    new Response(wrk.stderr).text(),
  ]);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(text)?.[1];
  const requests = /(\d+) requests in/.exec(text)?.[1];
  const [, p99, unit = ""] = /99%\s+([\d.]+)(us|ms|s)/.exec(text) ?? [];
  if (status !== 0 || rate === undefined || p99 === undefined || /Non-2xx|Socket errors/.test(text))
    throw new Error(`wrk ended with ${status}:\n${text}${errors}`);
  return {
    requestsPerSecond: Number(rate),
    requests: Number(requests),
    p99: Number(p99) * (MILLISECONDS[unit] ?? 0),
  };
}

const MILLISECONDS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

/** The middle one of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}
