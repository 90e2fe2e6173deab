import { Failure } from "../../core/errors.ts";
import { NO_INTERFACE, NO_PARA, NOT_JSON, type Rejection } from "./codes.ts";
import { isPara, optionalText, type Para } from "./para.ts";

export interface Envelope {
  interfaceName: string;
  /** From `interface.appid` or `interface.para.appid`; null when neither names one. */
  appid: string | null;
  para: Para;
}

/**
 * Parses a request's body (`docs/protocol-reference.md#envelope`). `version` and `componentName`
 * are not read: no old server did.
 *
 * @returns the envelope, a Rejection, or a Failure badParameter for an appid that is an object, or
 * that contradicts itself
 */
export function parseEnvelope(body: string): Envelope | Rejection | Failure {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    return NOT_JSON;
  }
  if (!isPara(request)) return NOT_JSON;
  const called = request["interface"];
  if (!isPara(called) || typeof called["interfaceName"] !== "string") return NO_INTERFACE;
  const para = called["para"];
  if (!isPara(para)) return NO_PARA;
  const outer = optionalText(called, "appid");
  const inner = optionalText(para, "appid");
  if (outer instanceof Failure) return outer;
  if (inner instanceof Failure) return inner;
  if (outer !== null && inner !== null && outer !== inner)
    return new Failure("badParameter", { reason: "appid" });
  return { interfaceName: called["interfaceName"], appid: outer ?? inner, para };
}
