import { Failure } from "../../core/errors.ts";
import { NO_INTERFACE, NO_PARA, NOT_JSON, type Rejection } from "./codes.ts";
import { isPara, optionalText, type Para } from "./para.ts";

const APPID = "appid";

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
  const appid = appidIn(called, para);
  if (appid instanceof Failure) return appid;
  return { interfaceName: called["interfaceName"], appid, para };
}

/** Returns the appid, whose name go's JSON reads in any letter case: `appId` is WeChat's own. */
function appidIn(called: Para, para: Para): string | null | Failure {
  let appid: string | null = null;
  for (const place of [called, para])
    for (const member in place) {
      if (member.length !== APPID.length || member.toLowerCase() !== APPID) continue;
      const text = optionalText(place, member);
      if (text instanceof Failure) return new Failure("badParameter", { reason: APPID });
      if (text === null) continue;
      if (appid !== null && text !== appid) return new Failure("badParameter", { reason: APPID });
      appid = text;
    }
  return appid;
}
