import { Elysia } from "elysia";
import { TOKEN_CALL_CODES } from "../codes.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, problems } from "../guard.ts";
import { AppParams } from "../model.ts";
import type { StatusRules } from "../problem.ts";
import { PhoneNumberModel, PhoneNumberRequest } from "./model.ts";

/** 401 would say that the key is wrong. */
const STATUSES = { codeRefused: 422 } as const satisfies StatusRules;

/** Routes of users' phone numbers. */
export function phoneNumberRoutes(options: RestOptions) {
  const { core } = options;
  const { service } = guards(core, "phone-number");
  return new Elysia({ prefix: "/apps/:appid/phone-number" }).use(restContext(options)).post(
    "",
    async ({ params, body }) =>
      unwrap(await core.phoneNumbers.get(params.appid, body.code, body.openid ?? null), STATUSES),
    service(["phone"], ({ appid = "" }) => ({ capability: "phone", app: appid }), {
      params: AppParams,
      body: PhoneNumberRequest,
      response: {
        200: PhoneNumberModel,
        ...problems(STATUSES, "appNotFound", "codeRefused", ...TOKEN_CALL_CODES),
      },
      detail: { text: "getPhoneNumber" },
    }),
  );
}
