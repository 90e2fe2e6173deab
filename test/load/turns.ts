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
  traffic(seconds: number): Traffic;
  /** Seconds of load before its first turn. Every answer is checked. */
  warming: number;
  /** Checks every answer of its turns too, which only slow requests allow. */
  look?: boolean;
}

export interface TurnsOptions {
  rounds: number;
  /** Duration of a turn. */
  seconds: number;
  concurrency?: Concurrency;
  /** Called at the beginning of each round. */
  onRound?(round: number): void;
}

/** The figures of a turn. */
export interface Turn extends Load {
  /** Microseconds of processor time a request, of all threads of the server. */
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
  { rounds, seconds, concurrency = DEFAULT_CONCURRENCY, onRound = () => undefined }: TurnsOptions,
): Promise<Map<One, Turn[]>> {
  const turns = new Map<One, Turn[]>(subjects.map((subject) => [subject, []]));
  for (const { server, traffic, warming } of subjects)
    if (warming > 0)
      await load({
        ...traffic(warming),
        concurrency,
        url: server.url,
        seconds: warming,
        look: true,
      });
  for (let round = 1; round <= rounds; round += 1) {
    onRound(round);
    for (const [{ server, traffic, look = false }, taken] of turns) {
      const asked = traffic(seconds);
      const before = processorSeconds(server);
      const measured = await load({ ...asked, concurrency, url: server.url, seconds, look });
      const processor = ((processorSeconds(server) - before) / measured.requests) * 1e6;
      taken.push({ ...measured, processor });
    }
  }
  return turns;
}

/** Returns the processor time of a server's processes so far, in seconds. */
const processorSeconds = ({ workers }: Server): number =>
  workers.reduce((sum, pid) => sum + processorSecondsOf(pid), 0);

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
