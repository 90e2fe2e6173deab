import type { Static } from "@sinclair/typebox";
import { type Command, Option } from "commander";
import type { AppModel } from "../http/rest/apps/model.ts";
import type { AppStatsModel } from "../http/rest/stats/model.ts";
import { path } from "./api/api.ts";
import { apiCommand, commandGroup, type Running } from "./api-command.ts";
import { settingOptions, settingsOf } from "./app-settings.ts";
import { usageFailure } from "./command-failure.ts";
import type { CommandDeps } from "./deps.ts";
import { appidFault, forceOption, requireForm } from "./id-forms.ts";
import { listOptions, printList } from "./list.ts";
import { isSecretGiven, secretOf, secretOptions, yesOption } from "./secret-options.ts";
import { confirm } from "./terminal/prompt.ts";
import { printFacts } from "./terminal/table.ts";
import { utcOption } from "./terminal/time.ts";

type App = Static<typeof AppModel>;

/** Makes `waferd app …`, which manages mini programs and official accounts. */
export const appCommand = (deps: CommandDeps): Command =>
  commandGroup("app", "mini programs and official accounts", [
    apiCommand(
      deps,
      {
        usage: "add <appid>",
        description: "register an app; asks for its AppSecret",
        examples: [
          'app add wx1234567890abcdef --title "My shop"',
          "app add wx1234567890abcdef --secret-file ./secret",
        ],
        options: [
          ...settingOptions(),
          ...secretOptions("its AppSecret"),
          forceOption(),
          utcOption(),
        ],
        mayBegin: true,
        examine(given, appid = "") {
          settingsOf(given);
          requireForm(given, appid, appidFault(appid));
        },
      },
      async (running, appid) => {
        const { api, io, given } = running;
        const settings = settingsOf(given);
        const secret = await secretOf(io, given, `the AppSecret of ${appid}`);
        const app = await api.call<App>({
          method: "POST",
          path: "/apps",
          body: { appid, secret, ...settings },
        });
        printApp(running, app);
      },
    ),
    apiCommand(
      deps,
      {
        usage: "list",
        description: "list the apps in the order of their registration",
        examples: ["app list", "app list --all --json"],
        options: listOptions(),
      },
      (running) =>
        printList<App>(
          running,
          "/apps",
          {},
          {
            heads: ["APPID", "NUMBER", "TITLE", "TOKENS", "REGISTERED"],
            row: ({ appid, number, title, tokenEndpoint, createdAt }, time) => [
              ...[appid, String(number), title, tokenEndpoint, time(createdAt)],
            ],
            nothing: "no app is registered; register one with waferd app add <appid>",
          },
        ),
    ),
    apiCommand(
      deps,
      {
        usage: "show <appid>",
        description: "show an app's settings; its AppSecret is never shown",
        examples: ["app show wx1234567890abcdef"],
        options: [utcOption()],
      },
      async (running, appid) => {
        printApp(
          running,
          await running.api.call<App>({ method: "GET", path: path`/apps/${appid}` }),
        );
      },
    ),
    apiCommand(
      deps,
      {
        usage: "update <appid>",
        description: "change the given settings of an app, or its AppSecret",
        examples: [
          "app update wx1234567890abcdef --sessions-per-user 3",
          "app update wx1234567890abcdef --ask-secret",
        ],
        options: [
          ...settingOptions(),
          new Option("--ask-secret", "ask for a new AppSecret").conflicts([
            "secretFile",
            "secretStdin",
          ]),
          ...secretOptions("a new AppSecret"),
          utcOption(),
        ],
      },
      async (running, appid) => {
        const { api, io, given } = running;
        const wantsSecret = isSecretGiven(given) || given["askSecret"] === true;
        const body = {
          ...settingsOf(given),
          ...(wantsSecret && {
            secret: await secretOf(io, given, `the new AppSecret of ${appid}`),
          }),
        };
        if (Object.keys(body).length === 0)
          throw usageFailure("no change was given: --title, --ask-secret, … (--help lists them)");
        // Only the given settings change, so that no other change is overwritten.
        const headers = { "if-match": "*" };
        printApp(
          running,
          await api.call<App>({ method: "PATCH", path: path`/apps/${appid}`, body, headers }),
        );
      },
    ),
    apiCommand(
      deps,
      {
        usage: "remove <appid>",
        description: "remove an app with its tokens, and end its sessions",
        examples: ["app remove wx1234567890abcdef", "app remove wx1234567890abcdef --yes"],
        options: [yesOption()],
      },
      async ({ api, io, given }, appid) => {
        const stats: Static<typeof AppStatsModel> = await api.call({
          method: "GET",
          path: path`/apps/${appid}/stats`,
        });
        const question = `Remove ${appid} and end its ${stats.sessions} sessions?`;
        await confirm(io, question, given["yes"] === true);
        await api.call({ method: "DELETE", path: path`/apps/${appid}` });
        io.print(`removed ${appid}\n`);
      },
    ),
  ]);

function printApp({ io, json, time }: Running, app: App): void {
  if (json) {
    io.write(`${JSON.stringify(app)}\n`);
    return;
  }
  const { sessionsPerUser } = app;
  printFacts(io, [
    ["appid", app.appid],
    ["number", String(app.number)],
    ["title", app.title],
    ["login lapses", `${app.loginDurationDays} days after the login`],
    ["session lapses", `${app.sessionDurationSeconds} seconds after the last visit`],
    [
      "sessions per user",
      sessionsPerUser === null ? "the server's option sessions_per_user" : String(sessionsPerUser),
    ],
    ["tokens come from", app.tokenEndpoint === "stable" ? "stable_token" : "token (legacy)"],
    ["registered", time(app.createdAt)],
    ["changed", time(app.updatedAt)],
  ]);
}
