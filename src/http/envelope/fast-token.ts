import type { Caller } from "../../core/access/access.ts";
import type { Core } from "../../core/core.ts";
import { CREDENTIAL_KINDS } from "../../core/credentials/kinds.ts";
import { Failure } from "../../core/errors.ts";
import { fixed, quotable, utf8Of } from "../fast-json.ts";
import { ACCESS_TOKEN } from "./interfaces.ts";
import type { Outcome } from "./outcome.ts";
import { isGiven } from "./para.ts";
import { parseEnvelope } from "./parse.ts";

/** Bodies without it are spared the parsing. */
const NAME_IN_JSON = JSON.stringify(ACCESS_TOKEN);
const KIND = "app/access-token";

const BEFORE_APPID = fixed(
  '{"returnCode":0,"returnMessage":"OLD_TOKEN_SUCCESS","returnData":{"appid":"',
);
const BEFORE_TOKEN = fixed('","access_token":"');
const BEFORE_EXPIRY = fixed('","exp":');
const END = fixed('},"version":1,"componentName":"MA"}');

/**
 * Answers a request for a stored access token at once, when it shows a key that covers it and no
 * renewal is due; a test holds its answers against those of {@link handleEnvelope}, its plain twin.
 *
 * @returns null when the plain way has to answer, which then begins at the beginning; else an
 * outcome whose body is valid until the next call
 */
export function fastToken(
  { access, ownerCredentials }: Pick<Core, "access" | "ownerCredentials">,
  body: string,
  caller: () => Caller,
): Outcome | null {
  if (!body.includes(NAME_IN_JSON)) return null;
  const envelope = parseEnvelope(body);
  if (envelope instanceof Failure || "returnCode" in envelope) return null;
  const { interfaceName, appid, para } = envelope;
  if (interfaceName !== ACCESS_TOKEN || appid === null || isGiven(para, "force")) return null;
  const need = { capability: CREDENTIAL_KINDS[KIND].capability, app: appid };
  if (!access.coversNow(caller(), need)) return null;
  const credential = ownerCredentials.current(KIND, appid);
  if (credential === null) return null;
  return {
    body: utf8Of([
      BEFORE_APPID,
      quotable(appid),
      BEFORE_TOKEN,
      quotable(credential.value),
      BEFORE_EXPIRY,
      Math.floor(credential.expiresAt / 1000),
      END,
    ]),
    returnCode: 0,
    interfaceName,
    appid,
    failure: null,
    quiet: true,
  };
}
