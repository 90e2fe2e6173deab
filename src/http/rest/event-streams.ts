/** How long a browser waits before it connects again. */
const RETRY_MS = 1000;

/**
 * A bounded number of clients that are sent events. Nothing is kept for them: each is asked for its
 * next events when its connection takes more.
 */
export class EventStreams {
  readonly #most;
  readonly #open = new Set<AbortController>();
  #isClosed = false;

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Returns the events for one more client; null when there are too many.
   *
   * @param next waits for the client's next events, and not longer than until the signal
   * @param gone aborts when the client's connection ends
   */
  open(
    next: (ending: AbortSignal) => Promise<string>,
    gone: AbortSignal,
  ): ReadableStream<Uint8Array> | null {
    if (this.#open.size >= this.#most) return null;
    const ending = new AbortController();
    this.#open.add(ending);
    const end = (): void => {
      this.#open.delete(ending);
      ending.abort();
    };
    if (this.#isClosed || gone.aborted) end();
    gone.addEventListener("abort", end, { once: true });
    const encoder = new TextEncoder();
    let greeting = `retry: ${RETRY_MS}\n\n`;
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const events = ending.signal.aborted ? "" : await next(ending.signal);
          if (ending.signal.aborted) return controller.close();
          controller.enqueue(encoder.encode(greeting + events));
          greeting = "";
        },
        cancel: end,
      },
      { highWaterMark: 0 },
    );
  }

  /** Ends all streams at once, and takes no more. */
  close(): void {
    this.#isClosed = true;
    for (const ending of this.#open) ending.abort();
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
