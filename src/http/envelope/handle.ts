import type { BlockList } from "node:net";
import { loggableId } from "../../core/app.ts";
import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import { MAX_BODY_BYTES, readBody } from "../body.ts";
import { callerOf } from "../caller.ts";
import type { Peer } from "../peer.ts";
import { rejectionText, successText } from "./answer.ts";
import { NOT_JSON, type Rejection, rejectionOf, UNKNOWN_INTERFACE } from "./codes.ts";
import type { Success } from "./interface.ts";
import { interfaceOf } from "./interfaces.ts";
import { parseEnvelope } from "./parse.ts";

const TOO_LARGE: Rejection = {
  returnCode: NOT_JSON.returnCode,
  returnMessage: `${NOT_JSON.returnMessage}: the body is larger than ${MAX_BODY_BYTES} bytes`,
};

export interface EnvelopeContext {
  core: Core;
  trustedNetworks: BlockList;
}

/** How a call went: the answer's body, and what the log shall know of it. */
export interface Outcome {
  body: string;
  returnCode: number;
  interfaceName: string | null;
  appid: string | null;
  failure: Failure | null;
  /** A success that is logged at debug only. */
  quiet: boolean;
}

/**
 * Answers one POST of the Wafer envelope (PROTOCOL section 1). Never throws: what nobody expected becomes 2000.
 *
 * @param peer the connection's other end
 */
export async function handleEnvelope(
  { core, trustedNetworks }: EnvelopeContext,
  request: Request,
  requestId: string,
  peer: () => Peer,
): Promise<Outcome> {
  const body = await readBody(request);
  if (body === null) return rejected(TOO_LARGE);
  const envelope = parseEnvelope(body);
  if (envelope instanceof Failure) return rejected(rejectionOf(envelope), { failure: envelope });
  if ("returnCode" in envelope) return rejected(envelope);
  const called = interfaceOf(envelope);
  if (called === null) return rejected(UNKNOWN_INTERFACE);

  const { interfaceName, appid, para } = envelope;
  const about = { interfaceName, appid: loggableId(appid) };
  let result: Success | Failure;
  try {
    const caller = () => callerOf(request.headers, peer(), trustedNetworks);
    result = await called.run(core, { appid, para, caller, requestId });
    if (!(result instanceof Failure)) {
      const text = successText(result.message, result.data);
      return {
        ...about,
        body: text,
        returnCode: 0,
        appid: loggableId(result.appid),
        failure: null,
        quiet: called.quiet === true,
      };
    }
  } catch (cause) {
    result = new Failure("internal", { cause });
  }
  return rejected(rejectionOf(result, called.failures), { ...about, failure: result });
}

function rejected(rejection: Rejection, about: Partial<Outcome> = {}): Outcome {
  return {
    interfaceName: null,
    appid: null,
    failure: null,
    ...about,
    body: rejectionText(rejection, about.failure?.detail.wechat),
    returnCode: rejection.returnCode,
    quiet: false,
  };
}
