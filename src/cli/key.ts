import type { Static } from "@sinclair/typebox";
import { type Command, Option } from "commander";
import { capabilityNames } from "../core/access/service-key.ts";
import type { CreatedServiceKey, ServiceKeyModel } from "../http/rest/service-keys/model.ts";
import { adminKeyPath, storedAdminKey } from "./api/admin-key.ts";
import { path } from "./api/api.ts";
import {
  apiCommand,
  commandGroup,
  configOf,
  type Given,
  plainCommand,
  textOption,
} from "./api-command.ts";
import { CommandFailure, usageFailure } from "./command-failure.ts";
import type { CommandDeps } from "./deps.ts";
import { EXIT } from "./exit-status.ts";
import { listOptions, printList } from "./list.ts";
import { yesOption } from "./secret-options.ts";
import { confirm } from "./terminal/prompt.ts";

type Key = Static<typeof ServiceKeyModel>;

const commas = (text: string, before: string[] = []): string[] => [
  ...before,
  ...text.split(",").filter((part) => part !== ""),
];

/** Makes `waferd key …`, which manages the keys of business servers, and shows the admin key. */
export const keyCommand = (deps: CommandDeps): Command =>
  commandGroup("key", "service keys, for business servers, and the admin key", [
    apiCommand(
      deps,
      {
        usage: "create",
        description: "create a service key, and print it once",
        examples: [
          'key create --title "shop server" --app wx1234567890abcdef --can token,session.read',
          "key create --title codes --app wx1234567890abcdef --can proxy --path '/wxa/*'",
          "key create --title nightly --app wx1234567890abcdef --can token --expires-at 2027-01-01T00:00:00Z",
        ],
        options: [
          new Option("--title <title>", "a name for people").makeOptionMandatory(),
          new Option(
            "--app <names>",
            "appids, and WeCom agents as corpid:agentid, separated by commas",
          )
            .argParser(commas)
            .makeOptionMandatory(),
          new Option(
            "--can <capabilities>",
            `capabilities, separated by commas: ${capabilityNames.join(", ")}`,
          )
            .argParser(commas)
            .makeOptionMandatory(),
          new Option(
            "--path <paths>",
            "the paths of WeChat's API that proxy covers, separated by commas, such as /wxa/* (default: all)",
          ).argParser(commas),
          new Option("--expires-at <time>", "when it expires (default: never)"),
        ],
      },
      async ({ api, io, json, given }) => {
        const created: Static<typeof CreatedServiceKey> = await api.call({
          method: "POST",
          path: "/service-keys",
          body: {
            title: textOption(given, "title"),
            apps: given["app"],
            capabilities: given["can"],
            ...(given["path"] !== undefined && { paths: given["path"] }),
            expiresAt: expiryOf(given),
          },
        });
        if (json) return io.write(`${JSON.stringify(created)}\n`);
        io.print(`The key ${created.id}, shown this once:\n`);
        io.write(`${created.key}\n`);
      },
    ),
    apiCommand(
      deps,
      {
        usage: "list",
        description: "list the service keys; the keys themselves are never shown again",
        examples: ["key list"],
        options: listOptions(),
      },
      (running) =>
        printList<Key>(
          running,
          "/service-keys",
          {},
          {
            heads: ["ID", "TITLE", "APPS", "CAN", "EXPIRES", "LAST USED", "FROM"],
            row: (
              { id, title, apps, capabilities, paths, expiresAt, lastUsedAt, lastUsedFrom },
              time,
            ) => [
              ...[id, title, apps.join(","), [...capabilities, ...(paths ?? [])].join(",")],
              ...[time(expiresAt), time(lastUsedAt), lastUsedFrom ?? ""],
            ],
            nothing: "there is no service key; create one with waferd key create",
          },
        ),
    ),
    apiCommand(
      deps,
      {
        usage: "revoke <id>",
        description: "revoke a service key at once",
        examples: ["key revoke 0123456789abcdef --yes"],
        options: [yesOption()],
      },
      async ({ api, io, given }, id) => {
        const key = await api.call<Key>({ method: "GET", path: path`/service-keys/${id}` });
        await confirm(io, `Revoke the key "${key.title}" (${id})?`, given["yes"] === true);
        await api.call({ method: "DELETE", path: path`/service-keys/${id}` });
        io.print(`revoked the key ${id}\n`);
      },
    ),
    plainCommand(
      deps,
      {
        usage: "show-admin",
        description: "print the admin key of the data folder, and say where it is",
        examples: ["key show-admin", "key show-admin --data-dir /var/lib/waferd"],
      },
      async (given, _names, command) => {
        const { io } = deps;
        const { config, sources } = configOf(given, command, io);
        const key = storedAdminKey(config);
        const isConfigured = config.admin_key !== "";
        const file = adminKeyPath(config);
        if (key === null)
          throw new CommandFailure(
            EXIT.notFound,
            `${file} does not exist: the first start of waferd serve makes it. Give the folder of a server by --data-dir`,
          );
        if (given["json"] === true)
          return io.write(`${JSON.stringify({ key, file: isConfigured ? null : file })}\n`);
        io.print(
          `The admin key, ${isConfigured ? `set by ${sources.admin_key}` : `kept in ${file}`}:\n\n`,
        );
        io.write(`${key}\n`);
      },
    ),
  ]);

function expiryOf(given: Given): string | null {
  const text = textOption(given, "expiresAt");
  if (text === null) return null;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw usageFailure(`--expires-at must be a time such as 2027-01-01T00:00:00Z, not "${text}"`);
  return new Date(time).toISOString();
}
