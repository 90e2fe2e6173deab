/** How long a browser waits before it connects again. */
const RETRY_MS = 1000;
/** How often a stream looks whether its client may still have it. */
const CHECK_MS = 1000;
/** The end of every stream, also of one whose client is gone without a word. */
const LONGEST_MS = 3_600_000;

/** The client of a stream. */
export interface StreamClient {
  /** Aborts when its connection ends. */
  gone: AbortSignal;
  /** Whether its key or its session is still good; does not throw. */
  mayFollow: () => Promise<boolean>;
}

/**
 * A bounded number of clients that are sent events. Nothing is kept for them: each is asked for its
 * next events when its connection takes more.
 */
export class EventStreams {
  readonly #most;
  readonly #checkMs;
  readonly #longestMs;
  readonly #open = new Set<AbortController>();
  #isClosed = false;

  constructor(most: number, { checkMs = CHECK_MS, longestMs = LONGEST_MS } = {}) {
    this.#most = most;
    this.#checkMs = checkMs;
    this.#longestMs = longestMs;
  }

  /**
   * Returns the events for one more client; null when there are too many. A stream ends with its
   * client's connection or right, and after an hour.
   *
   * @param next waits for the client's next events, and not longer than until the signal
   */
  open(
    next: (ending: AbortSignal) => Promise<string>,
    { gone, mayFollow }: StreamClient,
  ): ReadableStream<Uint8Array> | null {
    if (this.#open.size >= this.#most) return null;
    const ending = new AbortController();
    this.#open.add(ending);
    const end = (): void => ending.abort();
    const timer = setTimeout(end, this.#longestMs).unref();
    let isChecked = true;
    // Beside its events, so that it ends in time whether or not there are any.
    const checks = setInterval(async () => {
      if (!isChecked) return;
      isChecked = false;
      if (!(await mayFollow())) end();
      isChecked = true;
    }, this.#checkMs).unref();
    ending.signal.addEventListener("abort", () => {
      this.#open.delete(ending);
      clearTimeout(timer);
      clearInterval(checks);
      gone.removeEventListener("abort", end);
    });
    if (this.#isClosed || gone.aborted) end();
    gone.addEventListener("abort", end);
    const encoder = new TextEncoder();
    let greeting = `retry: ${RETRY_MS}\n\n`;
    let isOver = false;
    return new ReadableStream<Uint8Array>(
      {
        start(controller) {
          const close = (): void => {
            if (!isOver) controller.close();
            isOver = true;
          };
          // Also while the client takes nothing, so that its connection does not stay open.
          if (ending.signal.aborted) close();
          else ending.signal.addEventListener("abort", close);
        },
        async pull(controller) {
          try {
            const events = await next(ending.signal);
            if (ending.signal.aborted) return;
            controller.enqueue(encoder.encode(greeting + events));
            greeting = "";
          } catch (error) {
            isOver = true;
            end();
            throw error;
          }
        },
        cancel() {
          isOver = true;
          end();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Ends all streams at once, and takes no more. */
  close(): void {
    this.#isClosed = true;
    for (const ending of [...this.#open]) ending.abort();
  }
}

/** Waits, and not longer than until the signal. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
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
