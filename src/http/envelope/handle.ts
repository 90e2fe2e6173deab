import type { BlockList } from "node:net";
import type { Caller } from "../../core/access/access.ts";
import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import type { Awaitable } from "../../core/ports.ts";
import { MAX_BODY_BYTES } from "../body.ts";
import { callerOf } from "../caller.ts";
import type { Peer } from "../peer.ts";
import { rejectionText, successParts } from "./answer.ts";
import { NOT_JSON, type Rejection, rejectionOf, UNKNOWN_INTERFACE } from "./codes.ts";
import type { Call, Interface, Success } from "./interface.ts";
import { interfaceOf } from "./interfaces.ts";
import type { JsonParts } from "./json.ts";
import { type Envelope, parseEnvelope } from "./parse.ts";

const TOO_LARGE: Rejection = {
  returnCode: NOT_JSON.returnCode,
  returnMessage: `${NOT_JSON.returnMessage}: the body is larger than ${MAX_BODY_BYTES} bytes`,
};

export interface EnvelopeContext {
  core: Core;
  trustedNetworks: BlockList;
  /** The other end of a request's connection. */
  peerOf: (request: Request) => Peer;
}

/** How a call went: the answer's body, and what the log shall know of it. */
export interface Outcome {
  body: JsonParts;
  returnCode: number;
  interfaceName: string | null;
  /** As the request names it; not fit for the log as it is. */
  appid: string | null;
  failure: Failure | null;
  /** A success that is logged at debug only. */
  quiet: boolean;
}

/**
 * Answers one POST of the Wafer envelope (PROTOCOL section 1). Never throws: what nobody expected becomes 2000. At
 * once when nothing has to be waited for, as in nearly all checks of sessions.
 *
 * @param body null when it is larger than {@link MAX_BODY_BYTES}
 */
export function handleEnvelope(
  context: EnvelopeContext,
  body: string | null,
  request: Request,
  requestId: string,
): Awaitable<Outcome> {
  if (body === null) return rejected(TOO_LARGE);
  const envelope = parseEnvelope(body);
  if (envelope instanceof Failure) return rejected(rejectionOf(envelope), { failure: envelope });
  if ("returnCode" in envelope) return rejected(envelope);
  const called = interfaceOf(envelope);
  if (called === null) return rejected(UNKNOWN_INTERFACE);

  try {
    const result = called.run(
      context.core,
      new EnvelopeCall(context, envelope, request, requestId),
    );
    if (!(result instanceof Promise)) return outcomeOf(result, envelope, called);
    return result
      .then((awaited) => outcomeOf(awaited, envelope, called))
      .catch((cause) => bug(cause, envelope, called));
  } catch (cause) {
    return bug(cause, envelope, called);
  }
}

/** A class, because a closure for `caller`, which few calls need, would be made for each. */
class EnvelopeCall implements Call {
  readonly appid;
  readonly para;
  readonly requestId;
  readonly #context;
  readonly #request;

  constructor(
    context: EnvelopeContext,
    { appid, para }: Envelope,
    request: Request,
    requestId: string,
  ) {
    this.appid = appid;
    this.para = para;
    this.requestId = requestId;
    this.#context = context;
    this.#request = request;
  }

  caller(): Caller {
    const { trustedNetworks, peerOf } = this.#context;
    return callerOf(this.#request.headers, peerOf(this.#request), trustedNetworks);
  }
}

function outcomeOf(result: Success | Failure, envelope: Envelope, called: Interface): Outcome {
  const { interfaceName, appid } = envelope;
  if (result instanceof Failure)
    return rejected(rejectionOf(result, called.failures), {
      interfaceName,
      appid,
      failure: result,
    });
  return {
    interfaceName,
    body: successParts(result),
    returnCode: 0,
    appid: result.appid,
    failure: null,
    quiet: called.quiet === true,
  };
}

const bug = (cause: unknown, envelope: Envelope, called: Interface): Outcome =>
  outcomeOf(new Failure("internal", { cause }), envelope, called);

function rejected(rejection: Rejection, about: Partial<Outcome> = {}): Outcome {
  return {
    interfaceName: null,
    appid: null,
    failure: null,
    ...about,
    body: [rejectionText(rejection, about.failure?.detail.wechat)],
    returnCode: rejection.returnCode,
    quiet: false,
  };
}
