import type { Static } from "@sinclair/typebox";
import { type Command, Option } from "commander";
import { capabilityNames } from "../core/access/service-key.ts";
import type { CreatedServiceKey, ServiceKeyModel } from "../http/rest/service-keys/model.ts";
import { path } from "./api/api.ts";
import { apiCommand, commandGroup, type Given, textOption } from "./api-command.ts";
import { usageFailure } from "./command-failure.ts";
import type { CommandDeps } from "./deps.ts";
import { listOptions, printList } from "./list.ts";
import { yesOption } from "./secret-options.ts";
import { confirm } from "./terminal/prompt.ts";

type Key = Static<typeof ServiceKeyModel>;

const commas = (text: string, before: string[] = []): string[] => [
  ...before,
  ...text.split(",").filter((part) => part !== ""),
];

/** Makes `waferd key …`, which manages the keys of business servers. */
export const keyCommand = (deps: CommandDeps): Command =>
  commandGroup("key", "service keys, for business servers", [
    apiCommand(
      deps,
      {
        usage: "create",
        description: "create a service key, and print it once",
        examples: [
          'key create --title "shop server" --app wx1234567890abcdef --can token,session.read',
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
            row: ({ id, title, apps, capabilities, expiresAt, lastUsedAt, lastUsedFrom }, time) => [
              ...[id, title, apps.join(","), capabilities.join(",")],
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
  ]);

function expiryOf(given: Given): string | null {
  const text = textOption(given, "expiresAt");
  if (text === null) return null;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw usageFailure(`--expires-at must be a time such as 2027-01-01T00:00:00Z, not "${text}"`);
  return new Date(time).toISOString();
}
