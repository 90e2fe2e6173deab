import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import type { WeappUser } from "../../core/sessions/weapp-user.ts";

/**
 * The user whom the weapp headers of a request stand for: a new login when there is raw data, else the one remembered
 * under the code (PROTOCOL section 3).
 *
 * @returns null when there is no code; a Failure as {@link WeappService} has it
 */
export async function weappUser(
  { weapp }: Core,
  headers: Headers,
  appid: string | null = headers.get("x-wx-appid"),
): Promise<WeappUser | null | Failure> {
  const code = headers.get("x-wx-code");
  if (code === null || code === "") return null;
  const encoded = headers.get("x-wx-rawdata");
  if (encoded === null || encoded === "") return weapp.recall(appid || null, code);
  let rawData: string;
  try {
    rawData = decodeURIComponent(encoded);
  } catch {
    return new Failure("badParameter", { reason: "rawData" });
  }
  const signature = headers.get("x-wx-signature");
  // A code works once: what cannot come to anything does not cost it.
  if (signature === null || signature === "") return new Failure("rawDataUntrusted");
  return weapp.login(appid || null, code, { rawData, signature });
}
