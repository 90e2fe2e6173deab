import { Elysia } from "elysia";
import { loggableId } from "../../core/apps/app.ts";
import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import { readBody } from "../body.ts";
import { rejectionOf } from "../envelope/codes.ts";
import { optionalText, type Para, requiredText } from "../envelope/para.ts";
import type { Answer, Plain } from "../plain-route.ts";
import { parseMinaBody } from "./body.ts";

interface Success {
  msg: string;
  data: object;
  appid: string;
  quiet?: boolean;
}

/** The two calls of the Django app wxapp (PROTOCOL section 2). */
export function minaRoutes({ core, plain }: { core: Core; plain: Plain }) {
  return new Elysia()
    .all("/mina/login", plain(answering(core, login)), { parse: "none" })
    .all("/mina/auth", plain(answering(core, auth)), { parse: "none" });
}

/** Always 200: the clients look at `ok`. */
const answering =
  (core: Core, run: (core: Core, para: Para) => Promise<Success | Failure>) =>
  async (request: Request): Promise<Answer> => {
    const body = await readBody(request);
    const para = parseMinaBody(body);
    const outcome =
      para === null ? new Failure("badParameter", { reason: "body" }) : await run(core, para);
    if (outcome instanceof Failure) {
      const msg = rejectionOf(outcome).returnMessage;
      return { response: Response.json({ ok: "fail", msg, data: null }), failure: outcome };
    }
    const { msg, data, appid, quiet = false } = outcome;
    return {
      response: Response.json({ ok: "success", msg, data }),
      appid: loggableId(appid),
      quiet,
    };
  };

async function login(core: Core, para: Para): Promise<Success | Failure> {
  const code = requiredText(para, "code");
  if (code instanceof Failure) return code;
  const encryptedData = optionalText(para, "encrypt_data");
  if (encryptedData instanceof Failure) return encryptedData;
  const iv = optionalText(para, "iv");
  if (iv instanceof Failure) return iv;
  const appid = await appidOf(core, para);
  if (appid instanceof Failure) return appid;
  const userData = encryptedData === null ? null : { encryptedData, iv };
  const made = await core.logins.login({ appid, code, userData });
  if (made instanceof Failure) return made;
  const { session, skey, isNew, durationSeconds } = made;
  return {
    msg: isNew ? "NEW_SESSION_SUCCESS" : "UPDATE_SESSION_SUCCESS",
    data: { uuid: session.id, skey, user_info: session.userInfo, duration: durationSeconds },
    appid: session.appid,
  };
}

async function auth(core: Core, para: Para): Promise<Success | Failure> {
  const id = requiredText(para, "uuid");
  if (id instanceof Failure) return id;
  const skey = requiredText(para, "skey");
  if (skey instanceof Failure) return skey;
  const appid = await appidOf(core, para);
  if (appid instanceof Failure) return appid;
  const verified = await core.sessions.verify({ id, skey, appid });
  if (verified instanceof Failure) return verified;
  const { session } = verified;
  return {
    msg: "AUTH_SUCCESS",
    data: { user_info: session.userInfo },
    appid: session.appid,
    quiet: true,
  };
}

/** The app that `app_id` names, by its number or its appid; null when it names none. */
async function appidOf(core: Core, para: Para): Promise<string | null | Failure> {
  const appId = optionalText(para, "app_id");
  if (appId === null || appId instanceof Failure || !/^\d{1,15}$/.test(appId)) return appId;
  const app = await core.apps.findByNumber(Number(appId));
  return app instanceof Failure ? app : app.appid;
}
