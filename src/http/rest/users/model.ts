import { Type } from "@sinclair/typebox";
import type { FoundUser, FoundUsers, UserQuery } from "../../../core/sessions/user-search.ts";
import {
  Appid,
  nullable,
  Openid,
  oneOf,
  PageQuery,
  SessionId,
  strict,
  Timestamp,
  UserInfoModel,
} from "../model.ts";
import { toListedSession } from "../sessions/model.ts";

const Text = (description: string, example: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 128, description, examples: [example] }));

export const UsersQuery = strict({
  app: Type.Optional(Appid),
  openid: Text("the user of this openid", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"),
  unionid: Text("the user of this unionid", "o6_bmasdasdsad6_2sgVt7hMZOPfL"),
  session: Type.Optional(SessionId),
  nickname: Text("users whose nickname contains this, in any case", "alice"),
  cursor: PageQuery.cursor,
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 50,
      description: "upper bound of the users; default 20",
    }),
  ),
});

const DEFAULT_LIMIT = 20;

const WAYS = ["openid", "unionid", "session", "nickname"] as const;

interface UsersQueryText extends Partial<Record<(typeof WAYS)[number], string>> {
  cursor?: string;
  limit?: number;
}

/** Returns the users that a query wants; null when it names none of the ways, or several. */
export function userQueryOf(query: UsersQueryText): UserQuery | null {
  const [wanted, ...others] = WAYS.flatMap((by) => {
    const text = query[by];
    return text === undefined ? [] : [{ by, text }];
  });
  return others.length > 0 ? null : (wanted ?? null);
}

export const searchPageOf = ({ cursor, limit = DEFAULT_LIMIT }: UsersQueryText) => ({
  limit,
  ...(cursor !== undefined && { cursor }),
});

const UserSession = strict({
  id: SessionId,
  state: oneOf(["active", "loginExpired", "sessionExpired"]),
  loginAt: Timestamp,
  lastVisitAt: Timestamp,
  expiresAt: Timestamp,
});

export const UsersModel = strict(
  {
    items: Type.Array(
      strict({
        appid: Appid,
        openid: Openid,
        unionid: nullable(Type.String()),
        userInfo: UserInfoModel,
        sessions: Type.Array(UserSession, { description: "at this app; at most 100" }),
        moreSessions: Type.Boolean({ description: "whether there are more than these" }),
      }),
      { description: "one for each app of a user" },
    ),
    searched: Type.Integer({ minimum: 0, description: "how many sessions were looked at" }),
    complete: Type.Boolean({ description: "whether everything was looked at" }),
    next: nullable(Type.String(), { description: "the cursor to look on with; null at the end" }),
  },
  {
    $id: "Users",
    examples: [
      {
        items: [
          {
            appid: "wx0000000000000de0",
            openid: "o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
            unionid: null,
            userInfo: { openId: "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", nickName: "Alice" },
            sessions: [
              {
                id: "0123456789abcdef0123456789abcdef",
                state: "active",
                loginAt: "2026-11-20T08:00:00.000Z",
                lastVisitAt: "2026-11-20T08:00:00.000Z",
                expiresAt: "2026-12-20T08:00:00.000Z",
              },
            ],
            moreSessions: false,
          },
        ],
        searched: 4321,
        complete: true,
        next: null,
      },
    ],
  },
);

function toUser({ sessions, hasMoreSessions, ...user }: FoundUser) {
  return {
    ...user,
    sessions: sessions.map((session) => {
      const { id, state, loginAt, lastVisitAt, expiresAt } = toListedSession(session);
      return { id, state, loginAt, lastVisitAt, expiresAt };
    }),
    moreSessions: hasMoreSessions,
  };
}

export const toUsersModel = ({ items, searched, next }: FoundUsers) => ({
  items: items.map(toUser),
  searched,
  complete: next === null,
  next,
});
