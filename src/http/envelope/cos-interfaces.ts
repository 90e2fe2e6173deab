import { Failure } from "../../core/errors.ts";
import type { Call, Interface, Success } from "./interface.ts";
import { optionalText, requiredText } from "./para.ts";

/** The account and the file that a signature is for, or a Failure. */
function requestOf({ appid, para }: Call) {
  const secretId = optionalText(para, "sid");
  const secretKey = optionalText(para, "skey");
  if (typeof appid !== "string" || typeof secretId !== "string" || typeof secretKey !== "string")
    return new Failure("cosParameterMissing");
  const bucket = requiredText(para, "bucket");
  if (bucket instanceof Failure) return bucket;
  const filepath = optionalText(para, "filepath");
  if (filepath instanceof Failure) return filepath;
  // Half a character has no bytes that could be signed.
  for (const [member, text] of Object.entries({ appid, bucket, filepath }))
    if (text?.isWellFormed() === false) return new Failure("badParameter", { reason: member });
  return { appid, secretId, secretKey, bucket, filepath };
}

/** A signature for COS's old JSON API that may be used again and again until it expires. */
export const cosReusable: Interface = {
  async run({ cos }, call): Promise<Success | Failure> {
    const request = requestOf(call);
    if (request instanceof Failure) return request;
    const expiration = requiredText(call.para, "expiration");
    if (expiration instanceof Failure) return expiration;
    if (!/^\d{1,15}$/.test(expiration))
      return new Failure("badParameter", { reason: "expiration" });
    const signature = cos.signJson({ ...request, expiresAt: Number(expiration) });
    return { message: "OK", data: signature, appid: null };
  },
};

/** A signature for COS's old JSON API that is good for one request. */
export const cosNonreusable: Interface = {
  async run({ cos }, call): Promise<Success | Failure> {
    const request = requestOf(call);
    if (request instanceof Failure) return request;
    // Without a path it is for the bucket's root.
    const signature = cos.signJson({
      ...request,
      expiresAt: null,
      filepath: request.filepath ?? "/",
    });
    return { message: "OK", data: signature, appid: null };
  },
};
