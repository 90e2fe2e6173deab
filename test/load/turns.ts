import { processorSecondsOf } from "./process-figures.ts";
import type { Server } from "./servers.ts";
import {
  type Concurrency,
  DEFAULT_CONCURRENCY,
  type Load,
  load,
  median,
  type Traffic,
} from "./wrk.ts";

/** A server under measurement with its requests. */
export interface Subject {
  server: Server;
  /** Makes the requests of a run. @param seconds duration that they have to last */
  traffic(seconds: number): Traffic | Promise<Traffic>;
  /** Seconds of load before its first turn. Every answer is checked. */
  warming: number;
  /** Checks every answer of its turns too, which only slow requests allow. */
  look?: boolean;
  /** Seconds after a run in which it does work that it has put off. */
  settling?: number;
}

export interface TurnsOptions {
  rounds: number;
  /** Duration of a turn. */
  seconds: number;
  concurrency?: Concurrency;
  /** Called at the beginning of each turn. */
  onTurn?(subject: Subject, round: number): void;
}

/** The figures of a turn. */
export interface Turn extends Load {
  /** Microseconds of processor time a request, of all processes of the server. */
  processor: number;
}

/**
 * Puts load on servers in turns, round after round, so that other work of the machine affects all
 * of them alike.
 *
 * @returns each subject's turns
 */
export async function takeTurns<One extends Subject>(
  subjects: readonly One[],
  { rounds, seconds, concurrency = DEFAULT_CONCURRENCY, onTurn = () => undefined }: TurnsOptions,
): Promise<Map<One, Turn[]>> {
  const turns = new Map<One, Turn[]>(subjects.map((subject) => [subject, []]));
  for (const { server, traffic, warming, settling = 0 } of subjects)
    if (warming > 0) {
      const asked = await traffic(warming);
      await load({ ...asked, concurrency, url: server.url, seconds: warming, look: true });
      await Bun.sleep(settling * 1000);
    }
  for (let round = 1; round <= rounds; round += 1)
    for (const [subject, taken] of turns) {
      const { server, traffic, look = false, settling = 0 } = subject;
      onTurn(subject, round);
      const asked = await traffic(seconds);
      const before = processorSeconds(server);
      const measured = await load({ ...asked, concurrency, url: server.url, seconds, look });
      await Bun.sleep(settling * 1000);
      const processor = ((processorSeconds(server) - before) / measured.requests) * 1e6;
      taken.push({ ...measured, processor });
    }
  return turns;
}

/** Returns the processor time of a server's processes so far, in seconds. */
export const processorSeconds = ({ processes }: Pick<Server, "processes">): number =>
  processes.reduce((sum, pid) => sum + processorSecondsOf(pid), 0);

/** Returns the median rate of turns. */
export const rateOf = (turns: readonly Turn[]): number =>
  median(turns.map(({ requestsPerSecond }) => requestsPerSecond));

/** Returns the median, over the rounds, of the ratio of the first server's rate to the other's. */
export const ratioOf = (turns: readonly Turn[], others: readonly Turn[]): number =>
  median(
    turns.map(
      ({ requestsPerSecond }, round) =>
        requestsPerSecond / (others[round]?.requestsPerSecond ?? Number.NaN),
    ),
  );

/** Returns the median processor time a request, in microseconds. */
export const processorOf = (turns: readonly Turn[]): number =>
  median(turns.map(({ processor }) => processor));
