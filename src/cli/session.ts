import type { Static } from "@sinclair/typebox";
import { type Command, Option } from "commander";
import type { ListedSessionModel, Revoked } from "../http/rest/sessions/model.ts";
import { path } from "./api/api.ts";
import { apiCommand, commandGroup, textOption } from "./api-command.ts";
import { usageFailure } from "./command-failure.ts";
import type { CommandDeps } from "./deps.ts";
import { listOptions, printList } from "./list.ts";
import { yesOption } from "./secret-options.ts";
import { confirm } from "./terminal/prompt.ts";
import { type Cell, printFacts } from "./terminal/table.ts";
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
        description: "end one session, or all of a user's",
        examples: [
          "session revoke wx1234567890abcdef 0123456789abcdef0123456789abcdef",
          "session revoke wx1234567890abcdef --user o6_bmjrPTlm6_2sgVt7hMZOPfL2M --yes",
        ],
        options: [new Option("--user <openid>", "end all sessions of this user"), yesOption()],
      },
      async ({ api, io, json, given }, appid, id) => {
        const openid = textOption(given, "user");
        if ((id === undefined) === (openid === null))
          throw usageFailure("name a session by its id, or a user by --user <openid>");
        if (id !== undefined) {
          await api.call({ method: "DELETE", path: path`/apps/${appid}/sessions/${id}` });
          return io.print(`ended the session ${id}\n`);
        }
        await confirm(io, `End every session of ${openid} at ${appid}?`, given["yes"] === true);
        const query = new URLSearchParams({ openid: openid ?? "" });
        const answer: Static<typeof Revoked> = await api.call({
          method: "DELETE",
          path: `${path`/apps/${appid}/sessions`}?${query}`,
        });
        if (json) return io.write(`${JSON.stringify(answer)}\n`);
        io.print(`ended ${answer.revoked} sessions\n`);
      },
    ),
  ]);

/** Returns the nickname, if WeChat gave one: the members of a profile are up to WeChat. */
function nicknameOf(userInfo: Session["userInfo"]): string {
  const { nickName } = userInfo as { nickName?: unknown };
  return typeof nickName === "string" ? nickName : "";
}
