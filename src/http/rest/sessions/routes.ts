import { Elysia } from "elysia";
import { loginRequest } from "../../../core/sessions/login-request.ts";
import type { SessionProof } from "../../../core/sessions/session-service.ts";
import { clientOf, clientWithKey } from "../../client.ts";
import { PROOF_CODES } from "../codes.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, NoContent, problems } from "../guard.ts";
import { AppParams, pageOf } from "../model.ts";
import { Refusal, type StatusRules } from "../problem.ts";
import {
  AppSessionParams,
  Decrypted,
  EncryptedProof,
  ListedSessionModel,
  LoginModel,
  NewSession,
  OwnProfileChange,
  Proof,
  Revoked,
  RevokedQuery,
  SessionModel,
  SessionPage,
  SessionParams,
  SessionQuery,
  toListedSession,
  toLoginModel,
  toSessionModel,
  UserInfoAnswer,
  UserInfoChange,
} from "./model.ts";

const proofOf = (id: string, { skey, appid }: { skey: string; appid?: string }): SessionProof => ({
  id,
  skey,
  appid: appid ?? null,
});

/** Routes of sessions for holders of their codes and skeys. */
export function sessionRoutes(options: RestOptions) {
  const { core, trustedNetworks } = options;
  const { open } = guards(core, "sessions");
  return new Elysia({ prefix: "/sessions" })
    .use(restContext(options))
    .post(
      "",
      async ({ body, set, status, call: { peer, caller } }) => {
        const { code, encryptedData = null, iv = null, appid = null } = body;
        const request = unwrap(loginRequest({ appid, code, encryptedData, iv }));
        const client = await clientWithKey(clientOf(peer, trustedNetworks), caller, core.access);
        const login = unwrap(await core.logins.login(request, client));
        set.headers["location"] = sessionPath(login.session);
        return status(201, toLoginModel(login));
      },
      open({
        body: NewSession,
        response: {
          201: LoginModel,
          ...problems(
            "codeRefused",
            "appNotFound",
            "decryptionFailed",
            "tooOften",
            "sessionNotSaved",
            "storeFailed",
            "wechatUnreachable",
            "wechatAnswerWrong",
          ),
        },
        detail: { text: "logIn", answerHeaders: ["Location"] },
      }),
    )
    .post(
      "/:id/verify",
      async ({ params, body, call }) => {
        call.isQuiet = true;
        return toSessionModel(unwrap(await core.sessions.verify(proofOf(params.id, body))));
      },
      open({
        params: SessionParams,
        body: Proof,
        response: { 200: SessionModel, ...problems(...PROOF_CODES, "visitNotSaved") },
        detail: { text: "verifySession" },
      }),
    )
    .put(
      "/:id/user-info",
      async ({ params, body }) => {
        const { encryptedData, iv } = body;
        const proof = proofOf(params.id, body);
        const { userInfo } = unwrap(
          await core.userData.replaceUserInfo(proof, { encryptedData, iv }),
        );
        return { userInfo };
      },
      open({
        params: SessionParams,
        body: UserInfoChange,
        response: {
          200: UserInfoAnswer,
          ...problems(...PROOF_CODES, "decryptionFailed", "tooOften"),
        },
        detail: { text: "replaceProfile" },
      }),
    )
    .patch(
      "/:id/user-info",
      async ({ params, body }) => {
        const { skey: _, appid: __, ...change } = body;
        const proof = proofOf(params.id, body);
        const { userInfo } = unwrap(await core.userData.changeOwnProfile(proof, change, "merge"));
        return { userInfo };
      },
      open({
        params: SessionParams,
        body: OwnProfileChange,
        response: { 200: UserInfoAnswer, ...problems(...PROOF_CODES) },
        detail: { text: "changeProfile" },
      }),
    )
    .post(
      "/:id/decrypt",
      async ({ params, body }) => {
        const { encryptedData, iv = null } = body;
        const proof = proofOf(params.id, body);
        const { userData } = unwrap(await core.userData.decrypt(proof, { encryptedData, iv }));
        return { data: iv === null ? userData.text : userData.members };
      },
      open({
        params: SessionParams,
        body: EncryptedProof,
        response: { 200: Decrypted, ...problems(...PROOF_CODES, "decryptionFailed", "tooOften") },
        detail: { text: "decryptData" },
      }),
    );
}

const sessionPath = ({ appid, id }: { appid: string; id: string }): string =>
  `/api/v1/apps/${encodeURIComponent(appid)}/sessions/${encodeURIComponent(id)}`;

const ONE = {
  errors: [
    {
      in: "query",
      pointer: "/openid",
      detail: "must name one user, or be left out with all=true, which ends the sessions of all",
    },
  ],
} as const;

/** A missing session is 404 here: 401 would tell a client to log in again. */
const STATUSES = { sessionNotFound: 404 } as const satisfies StatusRules;

/** Routes of the sessions of an app, for its administrators. */
export function appSessionRoutes(options: RestOptions) {
  const { core } = options;
  const { service } = guards(core, "sessions");
  const sessions = core.sessionAdministration;
  const reader = ({ appid = "" }) => ({ capability: "session.read", app: appid }) as const;
  const revoker = ({ appid = "" }) => ({ capability: "session.revoke", app: appid }) as const;
  return new Elysia({ prefix: "/apps/:appid/sessions" })
    .use(restContext(options))
    .get(
      "",
      async ({ params, query }) => {
        const found = await sessions.list(params.appid, query.openid ?? null, pageOf(query));
        const { items, next } = unwrap(found);
        return { items: items.map(toListedSession), next };
      },
      service(["session.read"], reader, {
        params: AppParams,
        query: SessionQuery,
        response: { 200: SessionPage, ...problems("appNotFound") },
        detail: { text: "listSessions" },
      }),
    )
    .delete(
      "",
      async ({ params: { appid }, query: { openid, all }, call: { actor } }) => {
        if ((openid === undefined) === (all === undefined)) throw new Refusal("badParameter", ONE);
        if (openid !== undefined) {
          const revoked = unwrap(await sessions.revokeByUser(appid, openid, actor));
          return { revoked, complete: true };
        }
        const { revoked, isComplete } = unwrap(await sessions.revokeByApp(appid, actor));
        return { revoked, complete: isComplete };
      },
      service(["session.revoke"], revoker, {
        params: AppParams,
        query: RevokedQuery,
        response: { 200: Revoked, ...problems("appNotFound", "sessionNotSaved") },
        detail: { text: "revokeSessions" },
      }),
    )
    .get(
      "/:id",
      async ({ params }) =>
        toListedSession(unwrap(await sessions.find(params.appid, params.id), STATUSES)),
      service(["session.read"], reader, {
        params: AppSessionParams,
        response: {
          200: ListedSessionModel,
          ...problems(STATUSES, "sessionNotFound", "appNotFound"),
        },
        detail: { text: "readSession" },
      }),
    )
    .delete(
      "/:id",
      async ({ params, call, status }) => {
        unwrap(await sessions.revoke(params.appid, params.id, call.actor), STATUSES);
        return status(204, undefined);
      },
      service(["session.revoke"], revoker, {
        params: AppSessionParams,
        response: {
          204: NoContent,
          ...problems(STATUSES, "sessionNotFound", "appNotFound", "sessionNotSaved"),
        },
        detail: { text: "revokeSession" },
      }),
    );
}
