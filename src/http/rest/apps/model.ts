import { type Static, Type } from "@sinclair/typebox";
import {
  type App,
  type AppSettings,
  MAX_LOGIN_DURATION_DAYS,
  MAX_SESSION_DURATION_SECONDS,
  MAX_SESSIONS_PER_USER,
  TOKEN_ENDPOINTS,
} from "../../../core/apps/app.ts";
import { CHECK_CAUSES } from "../../../core/credentials/app-check.ts";
import { MAX_TITLE_LENGTH } from "../../../core/title.ts";
import {
  Appid,
  nullable,
  oneOf,
  PageModel,
  Secret,
  strict,
  Timestamp,
  timestamp,
} from "../model.ts";

const settings = {
  title: Type.String({ maxLength: MAX_TITLE_LENGTH, description: "a name for people" }),
  loginDurationDays: Type.Integer({
    minimum: 1,
    maximum: MAX_LOGIN_DURATION_DAYS,
    description: "days after which a login lapses, visited or not; default 30",
  }),
  sessionDurationSeconds: Type.Integer({
    minimum: 1,
    maximum: MAX_SESSION_DURATION_SECONDS,
    description: "seconds after its last visit when a session lapses; default 2592000",
  }),
  sessionsPerUser: nullable(Type.Integer({ minimum: 1, maximum: MAX_SESSIONS_PER_USER }), {
    description:
      "devices on which a user may be logged in at once; null for the option sessions_per_user",
  }),
  tokenEndpoint: oneOf(TOKEN_ENDPOINTS, {
    description:
      "the endpoint of access tokens: stable_token, or token, which makes the token before invalid",
  }),
};

const example = {
  appid: "wx0000000000000de0",
  title: "Demo",
  loginDurationDays: 30,
  sessionDurationSeconds: 2_592_000,
  sessionsPerUser: null,
  tokenEndpoint: "stable",
};

export const AppModel = strict(
  {
    appid: Appid,
    number: Type.Integer({
      minimum: 1,
      description: "counted up from 1 in the order of registration",
    }),
    ...settings,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  {
    $id: "App",
    description: "A mini program or official account. Its secret is never returned",
    examples: [
      {
        ...example,
        number: 1,
        createdAt: "2026-11-20T08:00:00.000Z",
        updatedAt: "2026-11-20T08:00:00.000Z",
      },
    ],
  },
);

export const AppPage = PageModel("App", AppModel);

export const NewAppModel = strict(
  {
    appid: Appid,
    secret: Secret,
    title: Type.Optional(settings.title),
    loginDurationDays: Type.Optional(settings.loginDurationDays),
    sessionDurationSeconds: Type.Optional(settings.sessionDurationSeconds),
    sessionsPerUser: Type.Optional(settings.sessionsPerUser),
    tokenEndpoint: Type.Optional(settings.tokenEndpoint),
  },
  {
    $id: "NewApp",
    examples: [
      { appid: "wx1234567890abcdef", secret: "the-app-secret-of-this-app", title: "My shop" },
    ],
  },
);

export const AppChange = strict(
  {
    secret: Type.Optional(Secret),
    title: Type.Optional(settings.title),
    loginDurationDays: Type.Optional(settings.loginDurationDays),
    sessionDurationSeconds: Type.Optional(settings.sessionDurationSeconds),
    sessionsPerUser: Type.Optional(settings.sessionsPerUser),
    tokenEndpoint: Type.Optional(settings.tokenEndpoint),
  },
  { $id: "AppChange", minProperties: 1, examples: [{ title: "My shop", sessionsPerUser: 3 }] },
);

export const AppCandidate = strict(
  { appid: Appid, secret: Secret },
  {
    $id: "AppCandidate",
    examples: [{ appid: "wx1234567890abcdef", secret: "the-app-secret-of-this-app" }],
  },
);

export const AppCheckModel = Type.Union(
  [
    strict({ ok: Type.Literal(true) }),
    strict({
      ok: Type.Literal(false),
      cause: oneOf(CHECK_CAUSES, {
        description:
          "secretWrong: 40125; appidUnknown: 40013; addressNotListed: 40164, `address` is missing on the IP white list; secretFrozen: 40243; tooOften: 45009, 45011; busy: -1; other: another errcode; unreachable, answerWrong: WeChat did not answer, or not as documented",
      }),
      wechat: nullable(
        strict({ errcode: Type.Integer(), errmsg: Type.String(), rid: nullable(Type.String()) }),
        { description: "WeChat's answer, when WeChat refused" },
      ),
      address: nullable(Type.String(), {
        description: "the address under which WeChat sees this server, when it names one",
      }),
      upstream: nullable(Type.String(), {
        description: "why WeChat cannot be reached, or what is wrong with its answer",
      }),
    }),
  ],
  {
    $id: "AppCheck",
    description: "The answer of WeChat to an appid and its secret",
    examples: [
      {
        ok: false,
        cause: "addressNotListed",
        wechat: {
          errcode: 40164,
          errmsg: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 1-2",
          rid: "1-2",
        },
        address: "203.0.113.7",
        upstream: null,
      },
    ],
  },
);

export const toAppModel = ({ appSecret: _, revision: __, createdAt, updatedAt, ...app }: App) => ({
  ...app,
  createdAt: timestamp(createdAt),
  updatedAt: timestamp(updatedAt),
});

/** Returns the settings in a body, by the core's names. */
export const toSettings = ({
  secret,
  ...others
}: Static<typeof AppChange>): Partial<AppSettings> => ({
  ...others,
  ...(secret !== undefined && { appSecret: secret }),
});
