import type { LogPosition } from "../../../core/logs/kept-lines.ts";
import type { LogFilter } from "../../../core/logs/log-line.ts";
import {
  type FollowedLines,
  formatPosition,
  type ServerLog,
} from "../../../core/logs/server-log.ts";

/** The most followers of one process. Each reads the memory of all processes at every step. */
export const MOST_FOLLOWERS = 8;
/** How long a follower waits before it looks for new lines. */
const STEP_MS = 400;
/** Without lines for this long, a comment tells client and proxies that the connection lives. */
const HEARTBEAT_MS = 5000;
/** How long a browser waits before it connects again. */
const RETRY_MS = 1000;

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
  readonly #open = new Set<AbortController>();
  #isClosed = false;

  /** @param heartbeatMs Bun and proxies close a connection that is idle for longer */
  constructor(serverLog: ServerLog, heartbeatMs = HEARTBEAT_MS) {
    this.#serverLog = serverLog;
    this.#heartbeatMs = heartbeatMs;
  }

  /** Returns the events for one more follower; null when there are too many. */
  follow(
    filter: LogFilter,
    { tail, from }: FollowStart,
    gone: AbortSignal,
  ): ReadableStream<Uint8Array> | null {
    if (this.#open.size >= MOST_FOLLOWERS) return null;
    const serverLog = this.#serverLog;
    const heartbeatMs = this.#heartbeatMs;
    const ending = new AbortController();
    this.#open.add(ending);
    const end = (): void => {
      this.#open.delete(ending);
      ending.abort();
    };
    if (this.#isClosed || gone.aborted) end();
    gone.addEventListener("abort", end, { once: true });
    const encoder = new TextEncoder();
    let position = from;
    // The first step sends a heartbeat, so that the client has a position at once.
    let sentAt = Number.NEGATIVE_INFINITY;
    let greeting = `retry: ${RETRY_MS}\n\n`;
    let wantsPause = false;
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          while (!ending.signal.aborted) {
            if (wantsPause) await pause(STEP_MS, ending.signal);
            if (ending.signal.aborted) break;
            const step: FollowedLines =
              position === null
                ? await serverLog.tail(filter, tail)
                : await serverLog.since(filter, position);
            position = step.position;
            wantsPause = !step.hasMore;
            const isDue = performance.now() - sentAt >= heartbeatMs;
            const events = greeting + eventsOf(step, isDue);
            greeting = "";
            if (events === "") continue;
            sentAt = performance.now();
            controller.enqueue(encoder.encode(events));
            return;
          }
          controller.close();
        },
        cancel: end,
      },
      { highWaterMark: 0 },
    );
  }

  /** Ends all followers at once, and takes no more. */
  close(): void {
    this.#isClosed = true;
    for (const ending of this.#open) ending.abort();
    this.#open.clear();
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

/** Waits, and not longer than until the signal. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      done();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end, { once: true });
  });
}
