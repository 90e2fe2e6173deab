import { loggableId } from "../../core/apps/app.ts";
import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import type { DirectRoute } from "../direct-route.ts";
import { optionalText, requiredTexts } from "../envelope/para.ts";
import { fixed, utf8Of } from "../fast-json.ts";
import { plainOperation } from "../observe.ts";
import { parseMinaBody } from "./body.ts";
import { isAppNumber, MINA_AUTH } from "./routes.ts";

const BEFORE_USER_INFO = fixed('{"ok":"success","msg":"AUTH_SUCCESS","data":{"user_info":');
const END = fixed("}}");

/** Returns the direct way of mina's check of a session. */
export const fastMinaAuth = ({ fastPath }: Pick<Core, "fastPath">): DirectRoute => ({
  method: "POST",
  path: MINA_AUTH,
  status: 200,
  observed: { ...plainOperation(MINA_AUTH), code: "ok" },
  answer(_request, body) {
    const para = parseMinaBody(body);
    if (para === null) return null;
    const proof = requiredTexts(para, ["uuid", "skey"]);
    const appid = optionalText(para, "app_id");
    if (proof instanceof Failure || appid instanceof Failure) return null;
    // Only the store knows the numbers of apps.
    if (appid !== null && isAppNumber(appid)) return null;
    const verified = fastPath.check({ id: proof.uuid, skey: proof.skey, appid });
    if (verified === null) return null;
    const { session } = verified;
    return {
      body: utf8Of([BEFORE_USER_INFO, session.userInfoJson, END]),
      logged: { appid: loggableId(session.appid) },
    };
  },
});
