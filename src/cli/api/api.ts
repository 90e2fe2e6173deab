import type { Page } from "../../core/page.ts";
import type { Problem } from "../../http/rest/model.ts";
import { CommandFailure, problemFailure, usageFailure } from "../command-failure.ts";
import { EXIT } from "../exit-status.ts";
import type { ApiConnection, ApiRequest } from "./connection.ts";
import { parseEvents, type ServerEvent } from "./server-events.ts";

/** The most that a page of a list may hold. */
const MAX_PAGE = 200;

/** The wanted part of a list. */
export interface Portion {
  /** null for all. */
  limit: number | null;
  cursor: string | null;
}

/** An answer of WeChat's, through the gateway. */
export interface GatewayResult {
  status: number;
  contentType: string;
  body: Buffer;
}

/** The REST API, of a server or of the store in this process. */
export class Api {
  readonly #connection;

  constructor(connection: ApiConnection) {
    this.#connection = connection;
  }

  /** Whether a server answers, and not the store that this process has opened. */
  get isServer(): boolean {
    return this.#connection.isServer;
  }

  /**
   * Makes a request.
   *
   * @returns the JSON of the answer; null for an answer without a body
   * @throws CommandFailure for anything but success
   */
  async call<Answer>(request: ApiRequest): Promise<Answer> {
    return (await this.callForStatus<Answer>(request)).answer;
  }

  /** Makes a request as {@link call} does, and returns the status of the success too. */
  async callForStatus<Answer>(request: ApiRequest): Promise<{ status: number; answer: Answer }> {
    const { status, text } = await this.#connection.send(request);
    const answer = parse(text);
    if (status >= 200 && status < 300 && answer !== undefined)
      return { status, answer: answer as Answer };
    throw this.#refusal(status, answer);
  }

  /**
   * Yields server-sent events until the signal, or until the server ends them.
   *
   * @param lastId the id of the last event of an earlier connection; null for none
   * @throws CommandFailure for anything but success
   */
  async *events(
    path: string,
    lastId: string | null,
    until: AbortSignal,
  ): AsyncGenerator<ServerEvent> {
    const headers = {
      accept: "text/event-stream",
      ...(lastId !== null && { "last-event-id": lastId }),
    };
    const request: ApiRequest = { method: "GET", path, headers };
    const { status, chunks } = await this.#connection.stream(request, until);
    if (status === 200) return yield* parseEvents(chunks);
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
    throw this.#refusal(status, parse(text));
  }

  /**
   * Makes a call through the gateway.
   *
   * @throws CommandFailure for a problem of the server's own, not for an error of WeChat's
   */
  async gatewayCall(request: Omit<ApiRequest, "isOfGateway">): Promise<GatewayResult> {
    const whole = new AbortController().signal;
    const wanted: ApiRequest = { ...request, isOfGateway: true };
    const { status, contentType, chunks } = await this.#connection.stream(wanted, whole);
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    const body = Buffer.concat(parts);
    if (contentType.startsWith("application/problem+json"))
      throw this.#refusal(status, parse(body.toString()));
    return { status, contentType, body };
  }

  /** Yields the pages of a list until the portion is complete. */
  async *pages<Item>(
    path: string,
    query: Record<string, string>,
    portion: Portion,
  ): AsyncGenerator<Page<Item>> {
    let { cursor } = portion;
    let left = portion.limit ?? Number.POSITIVE_INFINITY;
    do {
      const limit = String(Math.min(MAX_PAGE, left));
      const search = new URLSearchParams({ ...query, limit, ...(cursor !== null && { cursor }) });
      const page: Page<Item> = await this.call({ method: "GET", path: `${path}?${search}` });
      yield page;
      left -= page.items.length;
      cursor = page.next;
    } while (cursor !== null && left > 0);
  }

  #refusal(status: number, answer: unknown): CommandFailure {
    if (isProblem(answer)) return this.#failure(answer);
    return new CommandFailure(
      EXIT.away,
      `${this.#connection.name} answered HTTP ${status} without a problem document`,
    );
  }

  #failure(problem: Problem): CommandFailure {
    const failure = problemFailure(problem);
    const { isServer, name } = this.#connection;
    if (failure.status !== EXIT.refused || !isServer) return failure;
    const hint = `${name} refuses this admin key: set WAFERD_ADMIN_KEY, or give the data folder of that server by --data-dir`;
    return new CommandFailure(failure.status, hint, problem);
  }
}

/** Returns undefined for a text that is not JSON. */
function parse(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isProblem = (answer: unknown): answer is Problem =>
  typeof answer === "object" && answer !== null && "code" in answer && "title" in answer;

/** Returns a path with encoded names in it: path`/apps/${appid}`. */
export function path(texts: TemplateStringsArray, ...names: readonly string[]): string {
  // As segments of a path these would address the parent resource.
  for (const name of names)
    if (["", ".", ".."].includes(name)) throw usageFailure(`"${name}" is not a valid name`);
  return String.raw({ raw: texts }, ...names.map(encodeURIComponent));
}
