import { Elysia } from "elysia";
import { TOKEN_CALL_CODES } from "../codes.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, NoContent, problems } from "../guard.ts";
import type { StatusRules } from "../problem.ts";
import { AppSessionParams } from "../sessions/model.ts";
import { SessionKeyState } from "./model.ts";

const STATUSES = { sessionNotFound: 404 } as const satisfies StatusRules;

/** Routes of sessions' session_keys, which are never returned. */
export function sessionKeyRoutes(options: RestOptions) {
  const { core } = options;
  const { service } = guards(core, "session-key");
  return new Elysia({ prefix: "/apps/:appid/sessions/:id/session-key" })
    .use(restContext(options))
    .post(
      "/check",
      async ({ params }) => ({
        isCurrent: unwrap(await core.sessionKeys.check(params.appid, params.id), STATUSES),
      }),
      service(["session.read"], ({ appid = "" }) => ({ capability: "session.read", app: appid }), {
        params: AppSessionParams,
        response: {
          200: SessionKeyState,
          ...problems(STATUSES, "sessionNotFound", "appNotFound", ...TOKEN_CALL_CODES),
        },
        detail: { text: "checkSessionKey" },
      }),
    )
    .post(
      "/reset",
      async ({ params, call, status }) => {
        unwrap(await core.sessionKeys.reset(params.appid, params.id, call.actor), STATUSES);
        return status(204, undefined);
      },
      service(
        ["session.revoke"],
        ({ appid = "" }) => ({ capability: "session.revoke", app: appid }),
        {
          params: AppSessionParams,
          response: {
            204: NoContent,
            ...problems(
              STATUSES,
              "sessionNotFound",
              "appNotFound",
              ...TOKEN_CALL_CODES,
              "sessionNotSaved",
            ),
          },
          detail: { text: "resetSessionKey" },
        },
      ),
    );
}
