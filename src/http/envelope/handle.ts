import type { BlockList } from "node:net";
import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import { MAX_BODY_BYTES } from "../body.ts";
import { callerOf } from "../caller.ts";
import { clientOf, clientWithKey } from "../client.ts";
import type { Peer } from "../peer.ts";
import { rejectionText, successText } from "./answer.ts";
import { NOT_JSON, type Rejection, rejectionOf, UNKNOWN_INTERFACE } from "./codes.ts";
import type { Call, Success } from "./interface.ts";
import { type InterfaceDescriptor, interfaceOf } from "./interfaces.ts";
import type { Outcome } from "./outcome.ts";
import { parseEnvelope } from "./parse.ts";

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

/**
 * Answers a request of the Wafer envelope (`docs/protocol-reference.md#envelope`). Never throws: an
 * unexpected error becomes 2000.
 *
 * @param body null when it is larger than {@link MAX_BODY_BYTES}
 */
export async function handleEnvelope(
  { core, trustedNetworks, peerOf }: EnvelopeContext,
  body: string | null,
  request: Request,
  requestId: string,
): Promise<Outcome> {
  if (body === null) return rejected(TOO_LARGE);
  const envelope = parseEnvelope(body);
  if (envelope instanceof Failure) return rejected(rejectionOf(envelope), { failure: envelope });
  if ("returnCode" in envelope) return rejected(envelope);
  const called = interfaceOf(envelope);
  if (called === null) return rejected(UNKNOWN_INTERFACE);

  const { interfaceName, appid, para } = envelope;
  const caller = () => callerOf(request, peerOf(request), trustedNetworks);
  const client = () =>
    clientWithKey(clientOf(peerOf(request), trustedNetworks), caller(), core.access);
  const result = await run(called, core, { appid, para, requestId, caller, client });
  if (result instanceof Failure)
    return rejected(rejectionOf(result, called.failures), {
      interfaceName,
      appid,
      failure: result,
    });
  return {
    interfaceName,
    body: successText(result),
    returnCode: 0,
    appid: result.appid,
    failure: null,
    quiet: called.quiet ?? result.quiet ?? false,
  };
}

async function run(
  called: InterfaceDescriptor,
  core: Core,
  call: Call,
): Promise<Success | Failure> {
  try {
    return await called.run(core, call);
  } catch (cause) {
    return new Failure("internal", { cause });
  }
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
