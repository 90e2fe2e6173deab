import { Elysia } from "elysia";
import { loginRequest } from "../../../core/sessions/login-request.ts";
import type { SessionProof } from "../../../core/sessions/session-service.ts";
import { clientOf, clientWithKey } from "../../client.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, NoContent, problems } from "../guard.ts";
import { AppParams, pageOf } from "../model.ts";
import type { StatusRules } from "../problem.ts";
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
  SessionModel,
  SessionPage,
  SessionParams,
  SessionQuery,
  toListedSession,
  toLoginModel,
  toSessionModel,
  UserInfoAnswer,
  UserInfoChange,
  UserQuery,
} from "./model.ts";

const LOGIN_DESCRIPTION =
  "Needs no key: the code is the proof. With encryptedData (from wx.getUserInfo), the profile is stored too. Concurrent logins with one code get the same session.";
const PROOF_DESCRIPTION =
  "Needs no key: id and skey are the proof. 401 always means: log in again.";

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
        detail: {
          summary: "Log a user in",
          description: LOGIN_DESCRIPTION,
          answerHeaders: ["Location"],
        },
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
        response: {
          200: SessionModel,
          ...problems(
            "sessionNotFound",
            "loginExpired",
            "sessionExpired",
            "appNotFound",
            "storeFailed",
            "visitNotSaved",
          ),
        },
        detail: {
          summary: "Verify a session",
          description: `Counts as a visit. ${PROOF_DESCRIPTION}`,
        },
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
          ...problems(
            "sessionNotFound",
            "loginExpired",
            "sessionExpired",
            "appNotFound",
            "storeFailed",
            "decryptionFailed",
            "tooOften",
          ),
        },
        detail: {
          summary: "Replace the user's profile",
          description: `Stores the profile from wx.getUserInfo or wx.getUserProfile. ${PROOF_DESCRIPTION}`,
        },
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
        response: {
          200: UserInfoAnswer,
          ...problems(
            "sessionNotFound",
            "loginExpired",
            "sessionExpired",
            "appNotFound",
            "storeFailed",
          ),
        },
        detail: {
          summary: "Change the user's profile by the user's own word",
          description: `For nickName and avatarUrl of the avatar and nickname component. Members that are set so are listed in \`selfReported\` of the profile. Does not count as a visit. ${PROOF_DESCRIPTION}`,
        },
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
        response: {
          200: Decrypted,
          ...problems(
            "sessionNotFound",
            "loginExpired",
            "sessionExpired",
            "appNotFound",
            "storeFailed",
            "decryptionFailed",
            "tooOften",
          ),
        },
        detail: {
          summary: "Decrypt a user's data",
          description: `The data is not stored. Nothing authenticates it, and a client can forge it: take a phone number by its code, not from here. ${PROOF_DESCRIPTION}`,
        },
      }),
    );
}

const sessionPath = ({ appid, id }: { appid: string; id: string }): string =>
  `/api/v1/apps/${encodeURIComponent(appid)}/sessions/${encodeURIComponent(id)}`;

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
        detail: { summary: "List sessions of an app, or of one of its users" },
      }),
    )
    .delete(
      "",
      async ({ params, query, call }) => ({
        revoked: unwrap(await sessions.revokeByUser(params.appid, query.openid, call.actor)),
      }),
      service(["session.revoke"], revoker, {
        params: AppParams,
        query: UserQuery,
        response: { 200: Revoked, ...problems("appNotFound") },
        detail: { summary: "Revoke all sessions of a user" },
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
        detail: { summary: "Read a session", description: "Does not count as a visit." },
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
        response: { 204: NoContent, ...problems(STATUSES, "sessionNotFound", "appNotFound") },
        detail: { summary: "Revoke a session" },
      }),
    );
}
