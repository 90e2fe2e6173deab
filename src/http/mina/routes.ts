import { Elysia } from "elysia";
import { loggableId } from "../../core/apps/app.ts";
import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import type { Client } from "../../core/limits/client.ts";
import { loginRequest } from "../../core/sessions/login-request.ts";
import { readBody } from "../body.ts";
import { rejectionOf } from "../envelope/codes.ts";
import { optionalText, optionalTexts, type Para, requiredTexts } from "../envelope/para.ts";
import type { Answer, Plain } from "../plain-route.ts";
import { LOGIN_SPELLINGS, loginAnswer } from "../session-answer.ts";
import { parseMinaBody } from "./body.ts";

export const MINA_AUTH = "/mina/auth";

interface Success {
  msg: string;
  data: object;
  appid: string;
  quiet?: boolean;
}

export interface MinaRoutes {
  core: Core;
  plain: Plain;
  clientOf: (request: Request) => Client;
}

type Run = (core: Core, para: Para, client: Client) => Promise<Success | Failure>;

/** Returns the two calls of the Django app wxapp (`docs/protocol-reference.md#mina`). */
export function minaRoutes(options: MinaRoutes) {
  const { plain } = options;
  return new Elysia()
    .all("/mina/login", plain(answering(options, login)), { parse: "none" })
    .all(MINA_AUTH, plain(answering(options, auth)), { parse: "none" });
}

/** Returns an answer that is always 200: the clients look at `ok`. */
const answering =
  ({ core, clientOf }: MinaRoutes, run: Run) =>
  async (request: Request): Promise<Answer> => {
    // Before the body is awaited: a connection that has gone has no address.
    const client = clientOf(request);
    const body = await readBody(request);
    const para = parseMinaBody(body);
    const outcome =
      para === null
        ? new Failure("badParameter", { reason: "body" })
        : await run(core, para, client);
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

async function login(core: Core, para: Para, client: Client): Promise<Success | Failure> {
  const texts = optionalTexts(para, ["code", "encrypt_data", "iv"]);
  if (texts instanceof Failure) return texts;
  const { code, encrypt_data: encryptedData, iv } = texts;
  const request = loginRequest({ appid: null, code, encryptedData, iv }, LOGIN_SPELLINGS);
  if (request instanceof Failure) return request;
  const appid = await appidOf(core, para);
  if (appid instanceof Failure) return appid;
  const made = await core.logins.login({ ...request, appid }, client);
  if (made instanceof Failure) return made;
  const { message, data } = loginAnswer(made);
  const { id: uuid, skey, user_info, duration } = data;
  return { msg: message, data: { uuid, skey, user_info, duration }, appid: data.appid };
}

async function auth(core: Core, para: Para): Promise<Success | Failure> {
  const proof = requiredTexts(para, ["uuid", "skey"]);
  if (proof instanceof Failure) return proof;
  const appid = await appidOf(core, para);
  if (appid instanceof Failure) return appid;
  const verified = await core.sessions.verify({ id: proof.uuid, skey: proof.skey, appid });
  if (verified instanceof Failure) return verified;
  const { session } = verified;
  return {
    msg: "AUTH_SUCCESS",
    data: { user_info: session.userInfo },
    appid: session.appid,
    quiet: true,
  };
}

/** Tells whether an `app_id` is the number of an app, not its appid. */
export const isAppNumber = (appId: string): boolean => /^\d{1,15}$/.test(appId);

/** Returns the app that `app_id` names, by its number or its appid; null when it names no app. */
async function appidOf(core: Core, para: Para): Promise<string | null | Failure> {
  const appId = optionalText(para, "app_id");
  if (appId === null || appId instanceof Failure || !isAppNumber(appId)) return appId;
  const app = await core.apps.findByNumber(Number(appId));
  return app instanceof Failure ? app : app.appid;
}
