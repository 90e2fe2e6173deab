import { parseEvents, type ServerEvent } from "../../src/cli/api/server-events.ts";

/** Server-sent events of a server, as they come. */
export class EventStream implements Disposable {
  readonly headers: Headers;
  readonly status: number;
  readonly events: ServerEvent[] = [];
  /** Resolves when the answer is at its end, or when the connection was cut in the middle of it. */
  readonly ended: Promise<"complete" | "cut">;
  readonly #ending;

  private constructor(answer: Response, ending: AbortController) {
    this.headers = answer.headers;
    this.status = answer.status;
    this.#ending = ending;
    this.ended = this.#read(answer).then(
      () => "complete",
      () => "cut",
    );
  }

  static async open(
    url: string,
    key: string,
    headers: Record<string, string> = {},
  ): Promise<EventStream> {
    const ending = new AbortController();
    const answer = await fetch(url, {
      headers: { Accept: "text/event-stream", Authorization: `Bearer ${key}`, ...headers },
      signal: ending.signal,
    });
    return new EventStream(answer, ending);
  }

  /** The parsed data of the events so far. */
  get data(): Record<string, unknown>[] {
    return this.events.filter(({ data }) => data !== "").map(({ data }) => JSON.parse(data));
  }

  get lastId(): string {
    return this.events.at(-1)?.lastId ?? "";
  }

  async #read(answer: Response): Promise<void> {
    for await (const event of parseEvents(answer.body ?? new ReadableStream()))
      this.events.push(event);
  }

  [Symbol.dispose](): void {
    this.#ending.abort();
  }
}
