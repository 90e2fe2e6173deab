import type { Static } from "@sinclair/typebox";
import { type Command, Option } from "commander";
import { AUDIT_ACTIONS } from "../core/access/audit.ts";
import type { AuditEntryModel } from "../http/rest/audit/model.ts";
import { apiCommand, textOption } from "./api-command.ts";
import type { CommandDeps } from "./deps.ts";
import { listOptions, printList } from "./list.ts";
import { timeOptions, timeQuery } from "./time-options.ts";

type Entry = Static<typeof AuditEntryModel>;

/** Makes `waferd audit`, which lists who changed what. */
export const auditCommand = (deps: CommandDeps): Command =>
  apiCommand(
    deps,
    {
      usage: "audit",
      description: "list who changed what, when and by which key, latest first",
      examples: [
        "audit",
        "audit --since 7d --action app.updated",
        "audit --by 0123456789abcdef --target wx1234567890abcdef --all",
      ],
      options: [
        new Option(
          "--by <name>",
          "who: admin, local, a service key's id, trusted-network, first-app or sandbox",
        ),
        new Option("--action <action>", "the kind of change").choices(AUDIT_ACTIONS),
        new Option("--target <name>", "the changed thing, such as an appid"),
        ...timeOptions(),
        ...listOptions(),
      ],
      examine: (given) => void timeQuery(given, deps.clock.now()),
    },
    (running) => {
      const query = timeQuery(running.given, deps.clock.now());
      for (const name of ["by", "action", "target"]) {
        const text = textOption(running.given, name);
        if (text !== null) query[name] = text;
      }
      return printList<Entry>(running, "/audit", query, {
        heads: ["AT", "BY", "FROM", "ACTION", "TARGET", "CHANGED"],
        row: ({ at, by, address, action, target, changed }, time) => [
          ...[time(at), by, address ?? "", action, target],
          changed.join(","),
        ],
        nothing:
          Object.keys(query).length === 0
            ? "nothing has been changed yet"
            : "no entry fits these filters",
      });
    },
  );
