import { processorSecondsOf } from "./process-figures.ts";
import type { Server } from "./servers.ts";
import { type Crowd, type Load, load, median, type Traffic, USUAL_CROWD } from "./wrk.ts";

/** A server under measurement, and what it is asked. */
export interface Subject {
  server: Server;
  /** Made anew for each run, when it is used up. @param seconds how long it has to last */
  traffic(seconds: number): Traffic;
  /** For how many seconds it is asked before its first turn. Every answer is looked at. */
  warming: number;
  /** Looks at every answer of its turns too, because it is slow enough for that. */
  look?: boolean;
}

export interface TurnsOptions {
  rounds: number;
  /** Of one turn. */
  seconds: number;
  crowd?: Crowd;
  /** Told of the rounds, as they begin. */
  onRound?(round: number): void;
}

/** What each turn gave. */
export interface Turn extends Load {
  /** Microseconds of processor a request, of all the server's threads together. */
  processor: number;
}

/**
 * Puts load on servers in turns, round after round: what else the machine does meets all of them alike.
 *
 * @returns each subject's turns
 */
export async function takeTurns<One extends Subject>(
  subjects: readonly One[],
  { rounds, seconds, crowd = USUAL_CROWD, onRound = () => undefined }: TurnsOptions,
): Promise<Map<One, Turn[]>> {
  const turns = new Map<One, Turn[]>(subjects.map((subject) => [subject, []]));
  for (const { server, traffic, warming } of subjects)
    if (warming > 0)
      await load({ ...traffic(warming), crowd, url: server.url, seconds: warming, look: true });
  for (let round = 1; round <= rounds; round += 1) {
    onRound(round);
    for (const [{ server, traffic, look = false }, taken] of turns) {
      const asked = traffic(seconds);
      const before = processorSeconds(server);
      const measured = await load({ ...asked, crowd, url: server.url, seconds, look });
      const processor = ((processorSeconds(server) - before) / measured.requests) * 1e6;
      taken.push({ ...measured, processor });
    }
  }
  return turns;
}

/** What a server's processes have used so far, in seconds. */
const processorSeconds = ({ workers }: Server): number =>
  workers.reduce((sum, pid) => sum + processorSecondsOf(pid), 0);

/** The middle one of some turns' rates. */
export const rateOf = (turns: readonly Turn[]): number =>
  median(turns.map(({ requestsPerSecond }) => requestsPerSecond));

/** How many times the other's rate one's is, from turns side by side: the middle one of the rounds. */
export const ratioOf = (turns: readonly Turn[], others: readonly Turn[]): number =>
  median(
    turns.map(
      ({ requestsPerSecond }, round) => requestsPerSecond / (others[round]?.requestsPerSecond ?? Number.NaN),
    ),
  );
