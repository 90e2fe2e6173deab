import { Type } from "@sinclair/typebox";
import { MAX_CODE_LENGTH } from "../../../core/sessions/login-request.ts";
import type { Login } from "../../../core/sessions/login-service.ts";
import { GENDERS, OWN_TEXTS } from "../../../core/sessions/own-profile.ts";
import type { ListedSession } from "../../../core/sessions/session-administration.ts";
import type { VerifiedSession } from "../../../core/sessions/session-service.ts";
import {
  Appid,
  nullable,
  Openid,
  oneOf,
  PageModel,
  PageQuery,
  SessionId,
  strict,
  Timestamp,
  timestamp,
  UserInfoModel,
} from "../model.ts";

const SKEY = "ab".repeat(32);
const ID = "0123456789abcdef0123456789abcdef";

export const MAX_SKEY_LENGTH = 100;

const Skey = Type.String({
  minLength: 1,
  maxLength: MAX_SKEY_LENGTH,
  description: "the session's secret, from the login",
  examples: [SKEY],
});

const Encrypted = {
  encryptedData: Type.String({
    minLength: 1,
    description: "Base64, as the mini program received it",
  }),
  iv: Type.Optional(
    Type.String({
      description: "Base64 of 16 bytes; without it, the scheme before 2016 applies",
    }),
  ),
};

const AppidOfProof = Type.Optional(
  Type.String({
    pattern: "^[A-Za-z0-9_-]{1,200}$",
    description: "an appid: a session of another app is then refused",
  }),
);

export const NewSession = strict(
  {
    appid: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9_-]{1,200}$",
        description: "an appid; by default that of the default app",
        examples: ["wx0000000000000de0"],
      }),
    ),
    code: Type.String({
      minLength: 1,
      maxLength: MAX_CODE_LENGTH,
      description: "from wx.login; it works once",
    }),
    encryptedData: Type.Optional(Encrypted.encryptedData),
    iv: Encrypted.iv,
  },
  {
    $id: "NewSession",
    dependentRequired: { iv: ["encryptedData"] },
    examples: [{ appid: "wx0000000000000de0", code: "0123456789abcdef0123456789abcdef" }],
  },
);

export const Proof = strict(
  { skey: Skey, appid: AppidOfProof },
  { $id: "SessionProof", examples: [{ skey: SKEY }] },
);

const encryptedExample = {
  skey: SKEY,
  encryptedData: "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsA==",
  iv: "r7BXXKkLb8qrSNn05n0qiA==",
};

export const UserInfoChange = strict(
  {
    skey: Skey,
    appid: AppidOfProof,
    encryptedData: Encrypted.encryptedData,
    iv: Type.String({ description: "Base64 of 16 bytes" }),
  },
  { $id: "UserInfoChange", examples: [encryptedExample] },
);

const ownText = (member: keyof typeof OWN_TEXTS, description: string) => {
  const { longest, pattern, words } = OWN_TEXTS[member];
  const text = Type.String({ maxLength: longest, pattern, description: words });
  return Type.Optional(nullable(text, { description }));
};

export const OwnProfileChange = strict(
  {
    skey: Skey,
    appid: AppidOfProof,
    nickName: ownText("nickName", "from the nickname component"),
    avatarUrl: ownText(
      "avatarUrl",
      "the address that the avatar component's image has after its upload: https or cloud://",
    ),
    gender: Type.Optional(
      nullable(Type.Union(GENDERS.map((one) => Type.Literal(one))), {
        description: "0 unknown, 1 male, 2 female",
      }),
    ),
    language: ownText("language", "such as zh_CN"),
    city: ownText("city", "a city"),
    province: ownText("province", "a province"),
    country: ownText("country", "a country"),
  },
  {
    $id: "OwnProfileChange",
    description: "a member that is null is removed; one that is left out stays",
    examples: [{ skey: SKEY, nickName: "爱丽丝", avatarUrl: "https://cdn.example.com/alice.png" }],
  },
);

export const EncryptedProof = strict(
  { skey: Skey, appid: AppidOfProof, ...Encrypted },
  { $id: "EncryptedUserData", examples: [encryptedExample] },
);

const session = {
  id: SessionId,
  appid: Appid,
  openid: Openid,
  unionid: nullable(Type.String()),
  userInfo: UserInfoModel,
  expiresAt: Timestamp,
  durationSeconds: Type.Integer({
    minimum: 0,
    description: "time for which the session stays valid without a further visit",
  }),
};

const sessionExample = {
  id: ID,
  appid: "wx0000000000000de0",
  openid: "o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
  unionid: null,
  userInfo: { openId: "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", nickName: "Alice" },
  expiresAt: "2026-12-20T08:00:00.000Z",
  durationSeconds: 2_592_000,
};

export const LoginModel = strict(
  {
    ...session,
    skey: Skey,
    isNew: Type.Boolean({ description: "whether this is the user's first session at this app" }),
  },
  { $id: "Login", examples: [{ ...sessionExample, skey: SKEY, isNew: true }] },
);

export const SessionModel = strict(session, {
  $id: "Session",
  description: "A session, for the holder of its skey",
  examples: [sessionExample],
});

export const UserInfoAnswer = strict(
  { userInfo: UserInfoModel },
  { $id: "UserInfoAnswer", examples: [{ userInfo: sessionExample.userInfo }] },
);

export const Decrypted = strict(
  {
    data: Type.Unknown({
      description:
        "the decrypted object; without an iv the decrypted text, as the old servers returned it",
    }),
  },
  {
    $id: "Decrypted",
    examples: [{ data: { stepInfoList: [{ timestamp: 1_445_866_601, step: 100 }] } }],
  },
);

export const ListedSessionModel = strict(
  {
    id: SessionId,
    appid: Appid,
    openid: Openid,
    unionid: nullable(Type.String()),
    userInfo: UserInfoModel,
    state: oneOf(["active", "loginExpired", "sessionExpired"]),
    loginAt: Timestamp,
    lastVisitAt: Timestamp,
    expiresAt: Timestamp,
  },
  {
    $id: "ListedSession",
    description: "A session, for administrators: without its skey",
    examples: [
      {
        id: ID,
        appid: "wx0000000000000de0",
        openid: "o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
        unionid: null,
        userInfo: sessionExample.userInfo,
        state: "active",
        loginAt: "2026-11-20T08:00:00.000Z",
        lastVisitAt: "2026-11-20T08:00:00.000Z",
        expiresAt: "2026-12-20T08:00:00.000Z",
      },
    ],
  },
);

export const SessionPage = PageModel("Session", ListedSessionModel);

export const SessionQuery = strict({
  openid: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: "only the sessions of this user" }),
  ),
  ...PageQuery,
});

export const RevokedQuery = strict({
  openid: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: "the user whose sessions end" }),
  ),
  all: Type.Optional(
    oneOf(["true"], { description: "instead of openid: the sessions of all users end" }),
  ),
});

export const Revoked = strict(
  {
    revoked: Type.Integer({ minimum: 0, description: "how many sessions ended" }),
    complete: Type.Boolean({
      description: "false if the app has more: five seconds have passed, call again",
    }),
  },
  { $id: "Revoked", examples: [{ revoked: 1, complete: true }] },
);

export const SessionParams = strict({ id: SessionId });
export const AppSessionParams = strict({ appid: Appid, id: SessionId });

export function toSessionModel({ session, lapsesAt, durationSeconds }: VerifiedSession) {
  const { id, appid, openid, unionid, userInfo } = session;
  return { id, appid, openid, unionid, userInfo, expiresAt: timestamp(lapsesAt), durationSeconds };
}

export const toLoginModel = (login: Login) => ({
  ...toSessionModel(login),
  skey: login.skey,
  isNew: login.isNew,
});

export function toListedSession({ session, state, lapsesAt }: ListedSession) {
  const { id, appid, openid, unionid, userInfo, loginAt, lastVisitAt } = session;
  return {
    ...{ id, appid, openid, unionid, userInfo, state },
    loginAt: timestamp(loginAt),
    lastVisitAt: timestamp(lastVisitAt),
    expiresAt: timestamp(lapsesAt),
  };
}
