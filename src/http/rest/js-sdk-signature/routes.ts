import { Elysia } from "elysia";
import { agentName } from "../../../core/apps/work-agent.ts";
import { SIGNED_WITH } from "../../../core/credentials/js-sdk-service.ts";
import { CREDENTIAL_KINDS } from "../../../core/credentials/kinds.ts";
import { CREDENTIAL_CODES } from "../codes.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, problems } from "../guard.ts";
import { AgentParams, AppParams } from "../model.ts";
import { JsSdkSignatureModel, SignedPage, WorkPage } from "./model.ts";

type CapabilityOf<Call extends keyof typeof SIGNED_WITH> =
  (typeof CREDENTIAL_KINDS)[(typeof SIGNED_WITH)[Call]]["capability"];

const APP_CAPABILITY = CREDENTIAL_KINDS[SIGNED_WITH.config].capability;
/**
 * The capability for both of WeCom's tickets. The type holds them to one, because a caller is
 * authorized before the body tells which ticket signs.
 */
const WORK_CAPABILITY: CapabilityOf<"agentConfig"> =
  CREDENTIAL_KINDS[SIGNED_WITH.workConfig].capability;

/** Routes that sign for the JS-SDKs of WeChat and WeCom. */
export function jsSdkSignatureRoutes(options: RestOptions) {
  const { core } = options;
  const { service } = guards(core, "js-sdk-signature");
  return new Elysia()
    .use(restContext(options))
    .post(
      "/apps/:appid/js-sdk-signature",
      async ({ params, body }) => unwrap(await core.jsSdk.config(params.appid, body.url)),
      service([APP_CAPABILITY], ({ appid = "" }) => ({ capability: APP_CAPABILITY, app: appid }), {
        params: AppParams,
        body: SignedPage,
        response: { 200: JsSdkSignatureModel, ...problems("appNotFound", ...CREDENTIAL_CODES) },
        detail: { text: "signPage" },
      }),
    )
    .post(
      "/work-agents/:corpid/:agentid/js-sdk-signature",
      async ({ params: { corpid, agentid }, body }) =>
        unwrap(
          body.for === "config"
            ? await core.jsSdk.workConfig(corpid, agentid, body.url)
            : await core.jsSdk.agentConfig(corpid, agentid, body.url),
        ),
      service(
        [WORK_CAPABILITY],
        ({ corpid = "", agentid = "" }) => ({
          capability: WORK_CAPABILITY,
          app: agentName(corpid, agentid),
        }),
        {
          params: AgentParams,
          body: WorkPage,
          response: {
            200: JsSdkSignatureModel,
            ...problems("agentNotFound", ...CREDENTIAL_CODES, "agentTicketNotSaved"),
          },
          detail: { text: "signWorkPage" },
        },
      ),
    );
}
