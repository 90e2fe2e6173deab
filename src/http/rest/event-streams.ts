/** How long a browser waits before it connects again. */
const RETRY_MS = 1000;
/** How often a stream looks whether its client may still have it. */
const CHECK_MS = 30_000;
/** The end of every stream, also of one whose client is gone without a word. */
const LONGEST_MS = 3_600_000;

/** The client of a stream. */
export interface StreamClient {
  /** Aborts when its connection ends. */
  gone: AbortSignal;
  /** Whether its key is still good. */
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
    const end = (): void => {
      this.#open.delete(ending);
      clearTimeout(timer);
      ending.abort();
    };
    const timer = setTimeout(end, this.#longestMs);
    timer.unref();
    if (this.#isClosed || gone.aborted) end();
    gone.addEventListener("abort", end, { once: true });
    ending.signal.addEventListener("abort", () => gone.removeEventListener("abort", end));
    const encoder = new TextEncoder();
    let greeting = `retry: ${RETRY_MS}\n\n`;
    let checkedAt = performance.now();
    const check = async (): Promise<void> => {
      if (performance.now() - checkedAt < this.#checkMs) return;
      checkedAt = performance.now();
      if (!(await mayFollow())) end();
    };
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
            await check();
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
    this.#open.clear();
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
