import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import type { Client } from "../../core/limits/client.ts";
import { loginRequest } from "../../core/sessions/login-request.ts";
import type { WeappUser } from "../../core/sessions/weapp-user.ts";

/**
 * Returns the user whom the weapp headers of a request stand for: a new login when there is raw
 * data, else the one remembered under the code (`docs/protocol-reference.md#weapp`).
 *
 * @returns null when there is no code; a Failure as {@link WeappService} has it, or badParameter
 * (code)
 */
export async function weappUser(
  { weapp }: Core,
  headers: Headers,
  client: Client,
  namedAppid: string | null = headers.get("x-wx-appid"),
): Promise<WeappUser | null | Failure> {
  const given = headers.get("x-wx-code");
  if (given === null || given === "") return null;
  const appid = namedAppid || null;
  const encoded = headers.get("x-wx-rawdata");
  if (encoded === null || encoded === "") return weapp.recall(appid, given);
  const login = loginRequest({ appid, code: given, encryptedData: null, iv: null });
  if (login instanceof Failure) return login;
  const rawData = percentDecoded(encoded);
  if (rawData === null) return new Failure("badParameter", { reason: "rawData" });
  const signature = headers.get("x-wx-signature");
  // A code works once: a request that cannot succeed must not use it up.
  if (signature === null || signature === "") return new Failure("rawDataUntrusted");
  return weapp.login(appid, login.code, { rawData, signature }, client);
}

/** Returns the bytes of a percent-encoded text, UTF-8 or not; null when it is not encoded so. */
function percentDecoded(text: string): Buffer | null {
  if (/%(?![0-9a-f]{2})/i.test(text)) return null;
  const bytes = Buffer.from(text)
    .toString("latin1")
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1");
}
