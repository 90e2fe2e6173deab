import type { LogPosition } from "../../../core/logs/kept-lines.ts";
import type { LogFilter } from "../../../core/logs/log-line.ts";
import {
  type FollowedLines,
  formatPosition,
  type ServerLog,
} from "../../../core/logs/server-log.ts";
import { EventStreams, pause, type StreamClient } from "../event-streams.ts";

/** The most followers of one process. Each reads the memory of all processes at every step. */
export const MOST_FOLLOWERS = 8;
/** How long a follower waits before it looks for new lines. */
const STEP_MS = 400;
/** Without lines for this long, a comment tells client and proxies that the connection lives. */
const HEARTBEAT_MS = 5000;
/** Where a follower begins. */
export interface FollowStart {
  /** How many earlier lines it gets, without a position. */
  tail: number;
  /** The position at which an earlier connection ended; null for a new one. */
  from: LogPosition | null;
}

/**
 * The clients that follow the log by server-sent events. Nothing is kept for them: each reads the
 * kept lines from its position on, when its connection takes more. So one that reads too slowly
 * costs nothing, and loses lines once they are overwritten; it is told how many.
 */
export class LogFollowers {
  readonly #serverLog;
  readonly #heartbeatMs;
  readonly #streams = new EventStreams(MOST_FOLLOWERS);

  /** @param heartbeatMs Bun and proxies close a connection that is idle for longer */
  constructor(serverLog: ServerLog, heartbeatMs = HEARTBEAT_MS) {
    this.#serverLog = serverLog;
    this.#heartbeatMs = heartbeatMs;
  }

  /** Returns the events for one more follower; null when there are too many. */
  follow(
    filter: LogFilter,
    { tail, from }: FollowStart,
    client: StreamClient,
  ): ReadableStream<Uint8Array> | null {
    const serverLog = this.#serverLog;
    let position = from;
    // The first step sends a heartbeat, so that the client has a position at once.
    let sentAt = Number.NEGATIVE_INFINITY;
    let wantsPause = false;
    return this.#streams.open(async (ending) => {
      for (;;) {
        if (wantsPause) await pause(STEP_MS, ending);
        if (ending.aborted) return "";
        const step: FollowedLines =
          position === null
            ? await serverLog.tail(filter, tail)
            : await serverLog.since(filter, position);
        position = step.position;
        wantsPause = !step.hasMore;
        const isDue = performance.now() - sentAt >= this.#heartbeatMs;
        const events = eventsOf(step, isDue);
        if (events === "") continue;
        sentAt = performance.now();
        return events;
      }
    }, client);
  }

  /** Ends all followers at once, and takes no more. */
  close(): void {
    this.#streams.close();
  }
}

/** Returns the events of a step; without any, a heartbeat when it is due. */
function eventsOf({ texts, position, lost }: FollowedLines, isDue: boolean): string {
  const events = [
    ...(lost > 0 ? [`event: lost\ndata: ${JSON.stringify({ lines: lost })}\n\n`] : []),
    ...texts.map((text) => `data: ${text}\n\n`),
  ];
  if (events.length === 0 && !isDue) return "";
  // The id of the last event is the one at which a client goes on.
  return `${events.join("")}id: ${formatPosition(position)}\n: \n\n`;
}
