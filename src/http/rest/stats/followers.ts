import { Failure } from "../../../core/errors.ts";
import { EventStreams, pause, type StreamClient } from "../event-streams.ts";

/** The most followers of one process. */
export const MOST_FIGURE_FOLLOWERS = 16;
/** How long a follower waits before it reads again; other processes add theirs every 5 s. */
const STEP_MS = 2500;
/** Without a change for this long, a comment tells client and proxies that the connection lives. */
const HEARTBEAT_MS = 5000;

type Figures = { at: string } | Failure;

/**
 * The clients that follow figures by server-sent events: each gets them again when they change.
 * Those that follow the same share what is read, so that the store is read once a step for each.
 */
export class FigureFollowers {
  /** The last reads, by the name of the figures, of those that some client follows. */
  readonly #reads = new Map<string, { at: number; figures: Promise<Figures> }>();
  readonly #streams = new EventStreams(MOST_FIGURE_FOLLOWERS);
  readonly #stepMs;
  readonly #heartbeatMs;

  /** @param heartbeatMs Bun and proxies close a connection that is idle for longer */
  constructor(stepMs = STEP_MS, heartbeatMs = HEARTBEAT_MS) {
    this.#stepMs = stepMs;
    this.#heartbeatMs = heartbeatMs;
  }

  /**
   * Returns the events for one more follower; null when there are too many. Figures are the `data`
   * of an event; their `at` alone is not a change. A failure to read them is `event: problem`.
   *
   * @param name of the figures, for those that follow the same
   */
  follow(
    name: string,
    read: () => Promise<Figures>,
    client: StreamClient,
  ): ReadableStream<Uint8Array> | null {
    let sent = "";
    let sentAt = 0;
    return this.#streams.open(async (ending) => {
      for (;;) {
        if (sent !== "") await pause(this.#stepMs, ending);
        if (ending.aborted) return "";
        const figures = await this.#shared(name, read);
        const isDue = performance.now() - sentAt >= this.#heartbeatMs;
        const text = compared(figures);
        if (text === sent && !isDue) continue;
        const events = text === sent ? ": \n\n" : eventOf(figures);
        sent = text;
        sentAt = performance.now();
        return events;
      }
    }, client);
  }

  /** Reads figures, unless they were read within the last step. */
  #shared(name: string, read: () => Promise<Figures>): Promise<Figures> {
    const now = performance.now();
    for (const [of, { at }] of this.#reads) if (now - at >= this.#stepMs) this.#reads.delete(of);
    const known = this.#reads.get(name);
    if (known !== undefined) return known.figures;
    const figures = read();
    this.#reads.set(name, { at: now, figures });
    return figures;
  }

  /** Ends all followers at once, and takes no more. */
  close(): void {
    this.#streams.close();
  }
}

const compared = (figures: Figures): string =>
  figures instanceof Failure ? figures.code : JSON.stringify({ ...figures, at: null });

const eventOf = (figures: Figures): string =>
  figures instanceof Failure
    ? `event: problem\ndata: ${JSON.stringify({ code: figures.code })}\n\n`
    : `data: ${JSON.stringify(figures)}\n\n`;
