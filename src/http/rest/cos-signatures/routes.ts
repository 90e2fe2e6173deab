import { Elysia } from "elysia";
import { type RestOptions, restContext } from "../context.ts";
import { guards } from "../guard.ts";
import { timestamp } from "../model.ts";
import { Refusal } from "../problem.ts";
import { CosLegacyRequest, CosLegacySignature, CosRequest, CosSignature } from "./model.ts";

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);

const refuse = (pointer: string, detail: string): Refusal =>
  new Refusal("badParameter", { errors: [{ in: "body", pointer, detail }] });

/** Refuses texts with half a character (a lone surrogate), which has no bytes to sign. */
function refuseIllFormed(texts: Readonly<Record<string, string | null>>, place = ""): void {
  for (const [name, text] of Object.entries(texts))
    if (!name.isWellFormed() || text?.isWellFormed() === false)
      throw refuse(
        `${place}/${name.toWellFormed()}`,
        "has a lone surrogate: send whole characters",
      );
}

/** Routes that sign for COS, Tencent's object storage. */
export function cosSignatureRoutes(options: RestOptions) {
  const { core } = options;
  const { open } = guards(core, "cos-signatures");
  return new Elysia({ prefix: "/cos-signatures" })
    .use(restContext(options))
    .post(
      "",
      ({ body, status }) => {
        const { startsAt, expiresAt, parameters = {}, headers = {}, ...request } = body;
        refuseIllFormed(request);
        refuseIllFormed(parameters, "/parameters");
        refuseIllFormed(headers, "/headers");
        const signed = core.cos.signXml({
          ...request,
          parameters,
          headers,
          ...(startsAt !== undefined && { startsAt: seconds(startsAt) }),
          ...(expiresAt !== undefined && { expiresAt: seconds(expiresAt) }),
        });
        if (signed.expiresAt <= signed.startsAt)
          throw refuse("/expiresAt", "must be after startsAt");
        return status(201, {
          signature: signed.signature,
          startsAt: timestamp(signed.startsAt * 1000),
          expiresAt: timestamp(signed.expiresAt * 1000),
        });
      },
      open({
        body: CosRequest,
        response: { 201: CosSignature },
        detail: { text: "signCosRequest" },
      }),
    )
    .post(
      "/legacy",
      ({ body, status }) => {
        const { expiresAt, path = null, ...request } = body;
        refuseIllFormed({ ...request, path });
        if (expiresAt === undefined && path === null)
          throw refuse(
            "/path",
            "is missing: a signature without expiresAt is good for one path only",
          );
        const signature = core.cos.signJson({
          ...request,
          expiresAt: expiresAt === undefined ? null : seconds(expiresAt),
          filepath: path,
        });
        return status(201, { signature });
      },
      open({
        body: CosLegacyRequest,
        response: { 201: CosLegacySignature },
        detail: { text: "signCosJson" },
      }),
    );
}
