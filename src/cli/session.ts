import type { Static } from "@sinclair/typebox";
import { type Command, Option } from "commander";
import type { ListedSessionModel, Revoked } from "../http/rest/sessions/model.ts";
import type { UsersModel } from "../http/rest/users/model.ts";
import { path } from "./api/api.ts";
import { apiCommand, commandGroup, type Running, textOption } from "./api-command.ts";
import { usageFailure } from "./command-failure.ts";
import type { CommandDeps } from "./deps.ts";
import { listOptions, printList } from "./list.ts";
import { yesOption } from "./secret-options.ts";
import { confirm } from "./terminal/prompt.ts";
import { type Cell, printFacts, Table } from "./terminal/table.ts";
import { utcOption } from "./terminal/time.ts";

type Session = Static<typeof ListedSessionModel>;

const STATES: Record<Session["state"], Cell> = {
  active: { text: "active", tone: "good" },
  loginExpired: { text: "login expired", tone: "quiet" },
  sessionExpired: { text: "session expired", tone: "quiet" },
};

/** Makes `waferd session …`, which manages the sessions of users. */
export const sessionCommand = (deps: CommandDeps): Command =>
  commandGroup("session", "the sessions of an app's users", [
    apiCommand(
      deps,
      {
        usage: "list <appid>",
        description: "list the sessions of an app, or of one of its users",
        examples: [
          "session list wx1234567890abcdef",
          "session list wx1234567890abcdef --user o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
        ],
        options: [
          new Option("--user <openid>", "only the sessions of this user"),
          ...listOptions(),
        ],
      },
      (running, appid) => {
        const openid = textOption(running.given, "user");
        return printList<Session>(
          running,
          path`/apps/${appid}/sessions`,
          openid === null ? {} : { openid },
          {
            heads: ["ID", "OPENID", "NICKNAME", "STATE", "LAST VISIT", "EXPIRES"],
            row: ({ id, openid, userInfo, state, lastVisitAt, expiresAt }, time) => [
              ...[id, openid, nicknameOf(userInfo), STATES[state]],
              ...[time(lastVisitAt), time(expiresAt)],
            ],
            nothing: "there is no session",
          },
        );
      },
    ),
    apiCommand(
      deps,
      {
        usage: "find",
        description: "find users and their sessions by openid, unionid, session id or nickname",
        examples: [
          "session find --nickname alice",
          "session find --session 0123456789abcdef0123456789abcdef",
        ],
        options: [
          new Option("--app <appid>", "only users of this app (default: of all apps)"),
          ...WAYS.map(({ flags, about }) => new Option(flags, about)),
          utcOption(),
        ],
      },
      async (running) => {
        const query: Record<string, string> = {};
        for (const name of ["app", "openid", "unionid", "session", "nickname"]) {
          const text = textOption(running.given, name);
          if (text !== null) query[name] = text;
        }
        await printUsers(running, query);
      },
    ),
    apiCommand(
      deps,
      {
        usage: "show <appid> <id>",
        description: "show a session and the profile of its user; does not count as a visit",
        examples: ["session show wx1234567890abcdef 0123456789abcdef0123456789abcdef"],
        options: [utcOption()],
      },
      async ({ api, io, json, time }, appid, id) => {
        const session: Session = await api.call({
          method: "GET",
          path: path`/apps/${appid}/sessions/${id}`,
        });
        if (json) return io.write(`${JSON.stringify(session)}\n`);
        printFacts(io, [
          ["id", session.id],
          ["appid", session.appid],
          ["openid", session.openid],
          ["unionid", session.unionid ?? "unknown"],
          ["state", STATES[session.state]],
          ["login", time(session.loginAt)],
          ["last visit", time(session.lastVisitAt)],
          ["expires", time(session.expiresAt)],
          ["user", JSON.stringify(session.userInfo)],
        ]);
      },
    ),
    apiCommand(
      deps,
      {
        usage: "revoke <appid> [id]",
        description: "end one session, all of a user's, or all of an app's",
        examples: [
          "session revoke wx1234567890abcdef 0123456789abcdef0123456789abcdef",
          "session revoke wx1234567890abcdef --user o6_bmjrPTlm6_2sgVt7hMZOPfL2M --yes",
          "session revoke wx1234567890abcdef --all",
        ],
        options: [
          new Option("--user <openid>", "end all sessions of this user"),
          new Option("--all", "end the sessions of all users of the app"),
          yesOption(),
        ],
      },
      async ({ api, io, json, given }, appid, id) => {
        const openid = textOption(given, "user");
        const isAll = given["all"] === true;
        if ([id !== undefined, openid !== null, isAll].filter((one) => one).length !== 1)
          throw usageFailure("name a session by its id, a user by --user <openid>, or give --all");
        if (id !== undefined) {
          await api.call({ method: "DELETE", path: path`/apps/${appid}/sessions/${id}` });
          return io.print(`ended the session ${id}\n`);
        }
        const what = openid === null ? `all users of ${appid}` : `${openid} at ${appid}`;
        await confirm(io, `End every session of ${what}?`, given["yes"] === true);
        const query = new URLSearchParams(openid === null ? { all: "true" } : { openid });
        const ended = { revoked: 0, complete: false };
        while (!ended.complete) {
          const answer: Static<typeof Revoked> = await api.call({
            method: "DELETE",
            path: `${path`/apps/${appid}/sessions`}?${query}`,
          });
          ended.revoked += answer.revoked;
          ended.complete = answer.complete;
        }
        if (json) return io.write(`${JSON.stringify(ended)}\n`);
        io.print(`ended ${ended.revoked} sessions\n`);
      },
    ),
  ]);

/** The ways to find users. */
const WAYS = [
  { flags: "--openid <openid>", about: "the user of this openid" },
  { flags: "--unionid <unionid>", about: "the user of this unionid, by reading all sessions" },
  { flags: "--session <id>", about: "the user of this session" },
  { flags: "--nickname <text>", about: "users whose nickname contains this, likewise" },
] as const;

/** Prints the users that a query finds, a line for each session, until all was looked at. */
async function printUsers(
  { api, io, json, time }: Running,
  query: Record<string, string>,
): Promise<void> {
  const table = new Table(io, ["APPID", "OPENID", "NICKNAME", "SESSION", "STATE", "LAST VISIT"]);
  const all: Static<typeof UsersModel> = { items: [], searched: 0, complete: false, next: null };
  let users = 0;
  do {
    const search = new URLSearchParams({ ...query, ...(all.next && { cursor: all.next }) });
    const found: Static<typeof UsersModel> = await api.call({
      method: "GET",
      path: `/users?${search}`,
    });
    if (json) all.items.push(...found.items);
    users += found.items.length;
    Object.assign(all, { searched: all.searched + found.searched, next: found.next });
    const rows = found.items.flatMap(({ appid, openid, userInfo, sessions }) =>
      sessions.map(({ id, state, lastVisitAt }) => [
        ...[appid, openid, nicknameOf(userInfo), id],
        ...[STATES[state], time(lastVisitAt)],
      ]),
    );
    if (!json && rows.length > 0) table.print(rows);
  } while (all.next !== null);
  if (json) io.write(`${JSON.stringify({ ...all, complete: true })}\n`);
  else io.print(`${users} users; looked at ${all.searched} sessions\n`);
}

/** Returns the nickname, if WeChat gave one: the members of a profile are up to WeChat. */
function nicknameOf(userInfo: Session["userInfo"]): string {
  const { nickName } = userInfo as { nickName?: unknown };
  return typeof nickName === "string" ? nickName : "";
}
