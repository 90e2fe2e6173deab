import type { Failure, WeChatError } from "../errors.ts";
import type { GatewayOwner } from "./gateway-owner.ts";

/** The body of a call: all of it, which can be sent again, or a stream, which cannot. */
export type CallBody =
  | { kept: Uint8Array | null }
  | {
      stream: AsyncIterable<Uint8Array>;
      /** null when it is not known before the end. */
      length: number | null;
    };

/** A call of WeChat's API, or of WeCom's, as the caller made it, without its credentials. */
export interface GatewayCall {
  owner: GatewayOwner;
  method: string;
  /** A plain path. */
  path: string;
  /** Raw, without `?` and access_token; may be empty. */
  query: string;
  /** Those that go through, by lower-case name. */
  headers: Readonly<Record<string, string>>;
  body: CallBody;
  /** Ends the call. */
  signal: AbortSignal;
}

/** The headers of an answer that go through. */
export const ANSWER_HEADERS = [
  "content-type",
  "content-disposition",
  "content-length",
  "content-encoding",
] as const;

/** WeChat's answer. */
export interface GatewayAnswer {
  status: number;
  headers: Readonly<Partial<Record<(typeof ANSWER_HEADERS)[number], string>>>;
  /** All of a small answer, or a stream, whose reader sets the pace. */
  body: Uint8Array | ReadableStream<Uint8Array>;
  /** The error of a JSON answer; null for every other. */
  error: WeChatError | null;
}

/** Sends calls to WeChat and WeCom. */
export interface GatewayUpstream {
  /**
   * Sends a call once.
   *
   * @param name the path under which it is counted
   * @returns a Failure: wechatUnreachable, also when the signal ended it
   */
  send(call: GatewayCall, accessToken: string, name: string): Promise<GatewayAnswer | Failure>;
}
