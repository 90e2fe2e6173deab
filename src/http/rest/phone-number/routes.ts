import { Elysia } from "elysia";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, problems } from "../guard.ts";
import { AppParams } from "../model.ts";
import { PhoneNumberModel, PhoneNumberRequest } from "./model.ts";

/** Routes of users' phone numbers. */
export function phoneNumberRoutes(options: RestOptions) {
  const { core } = options;
  const { service } = guards(core, "phone-number");
  return new Elysia({ prefix: "/apps/:appid/phone-number" }).use(restContext(options)).post(
    "",
    async ({ params, body }) =>
      unwrap(await core.phoneNumbers.get(params.appid, body.code, body.openid ?? null)),
    service(["phone"], ({ appid = "" }) => ({ capability: "phone", app: appid }), {
      params: AppParams,
      body: PhoneNumberRequest,
      response: { 200: PhoneNumberModel, ...problems(404, 502, 504) },
      detail: { summary: "Get a user's phone number by the code of its button" },
    }),
  );
}
