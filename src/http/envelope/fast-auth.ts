import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import { fixed, quotable, utf8Of } from "../fast-json.ts";
import { AUTH } from "./interfaces.ts";
import type { Outcome } from "./outcome.ts";
import { isGiven } from "./para.ts";
import { parseEnvelope } from "./parse.ts";

/**
 * Bodies without it are spared the parsing: nearly every other request has to wait for something
 * anyway.
 */
const NAME_IN_JSON = JSON.stringify(AUTH);

const BEFORE_ID = fixed('{"returnCode":0,"returnMessage":"AUTH_SUCCESS","returnData":{"id":"');
const BEFORE_SKEY = fixed('","skey":"');
const BEFORE_APPID = fixed('","appid":"');
const BEFORE_OPENID = fixed('","openid":"');
const BEFORE_UNIONID = fixed('","unionid":"');
const AFTER_UNIONID = fixed('","user_info":');
const INSTEAD_OF_UNIONID = fixed('","unionid":null,"user_info":');
const BEFORE_DURATION = fixed(',"duration":');
const END = fixed('},"version":1,"componentName":"MA"}');

/**
 * Answers a check of a session at once, when the core's fast path can verify it; a property test
 * holds its answers against those of {@link handleEnvelope}, its plain twin.
 *
 * @returns null when the plain way has to answer, which then begins at the beginning; else an
 * outcome whose body is valid until the next call
 */
export function fastAuth(core: Pick<Core, "fastPath">, body: string): Outcome | null {
  if (!body.includes(NAME_IN_JSON)) return null;
  const envelope = parseEnvelope(body);
  if (envelope instanceof Failure || "returnCode" in envelope) return null;
  const { interfaceName, appid, para } = envelope;
  if (interfaceName !== AUTH || isGiven(para, "encrypt_data")) return null;
  const { id, skey } = para;
  if (typeof id !== "string" || typeof skey !== "string" || skey === "") return null;
  const verified = core.fastPath.check({ id, skey, appid });
  if (verified === null) return null;
  const { session, durationSeconds } = verified;
  const { unionid } = session;
  return {
    body: utf8Of([
      BEFORE_ID,
      quotable(session.id),
      BEFORE_SKEY,
      quotable(skey),
      BEFORE_APPID,
      session.appid,
      BEFORE_OPENID,
      session.openid,
      unionid === null ? INSTEAD_OF_UNIONID : BEFORE_UNIONID,
      unionid === null ? "" : unionid,
      unionid === null ? "" : AFTER_UNIONID,
      session.userInfoJson,
      BEFORE_DURATION,
      durationSeconds,
      END,
    ]),
    returnCode: 0,
    interfaceName,
    appid: session.appid,
    failure: null,
    quiet: true,
  };
}
