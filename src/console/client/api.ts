/** The one place that calls the REST API. */

import { treaty } from "@elysiajs/eden/treaty2";
import type { RestApp } from "../../http/rest/routes.ts";
import { noteAway } from "./connection.ts";
import { CallError, faultOf } from "./problem.ts";
import { noteSignedOut } from "./session.ts";

/** A body as JSON: Eden's own reader would make numbers of agentids and of titles. */
class ParsedBody {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

async function parsed(response: Response): Promise<ParsedBody> {
  const text = await response.text();
  try {
    return new ParsedBody(text === "" ? null : JSON.parse(text));
  } catch {
    return new ParsedBody(undefined);
  }
}

const { api: root } = treaty<RestApp>(location.origin, { onResponse: parsed });

/** The REST API. Path parameters go through {@link segment}. */
export const api = root.v1;

/** Encodes a path parameter, which Eden writes into the address as it is. */
export const segment = (text: string): string => encodeURIComponent(text);

interface TreatyAnswer<Data> {
  data: Data;
  // biome-ignore lint/suspicious/noExplicitAny: one type per route; the status tells success
  error: any;
  response: Response;
}

/** A successful answer, the revision of what it holds, and the id of its lines in the log. */
interface Answered<Data> {
  data: NonNullable<Data>;
  etag: string | null;
  requestId: string | null;
}

/**
 * Waits for a call, and returns its answer with what the headers tell of it.
 *
 * @throws CallError for everything but a success
 */
export async function answerOf<Data>(call: Promise<TreatyAnswer<Data>>): Promise<Answered<Data>> {
  const { data, response } = await call;
  // Eden answers without a response when no connection was made.
  if ((response as Response | undefined) === undefined) {
    noteAway();
    throw new CallError({ kind: "away" });
  }
  const body = data instanceof ParsedBody ? data.value : undefined;
  if (response.status === 401) noteSignedOut();
  if (!response.ok) throw new CallError(faultOf(response, body));
  if (body === undefined) throw new CallError({ kind: "foreign", status: response.status });
  return {
    data: body as NonNullable<Data>,
    etag: response.headers.get("etag"),
    requestId: response.headers.get("x-request-id"),
  };
}

/** Waits for a call, and returns the body of its answer. */
export const dataOf = async <Data>(call: Promise<TreatyAnswer<Data>>): Promise<NonNullable<Data>> =>
  (await answerOf(call)).data;
