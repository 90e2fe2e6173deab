import type { Static } from "@sinclair/typebox";
import { type Command, Option } from "commander";
import type { WorkAgentModel } from "../http/rest/work-agents/model.ts";
import { agentPath } from "./agent-name.ts";
import { apiCommand, commandGroup, type Running, textOption } from "./api-command.ts";
import type { CommandDeps } from "./deps.ts";
import { agentFault, forceOption, requireForm } from "./id-forms.ts";
import { listOptions, printList } from "./list.ts";
import { secretOf, secretOptions, yesOption } from "./secret-options.ts";
import { confirm } from "./terminal/prompt.ts";
import { printFacts } from "./terminal/table.ts";
import { utcOption } from "./terminal/time.ts";

type Agent = Static<typeof WorkAgentModel>;

const CREATED = 201;

/** Makes `waferd agent …`, which manages WeCom agents. */
export const agentCommand = (deps: CommandDeps): Command =>
  commandGroup("agent", "WeCom agents, named corpid:agentid", [
    apiCommand(
      deps,
      {
        usage: "add <agent>",
        description:
          "register a WeCom agent, or replace its secret and remark; asks for the secret",
        examples: ["agent add ww1234567890abcdef:1000002 --remark contacts"],
        options: [
          new Option("--remark <remark>", "a note for people"),
          ...secretOptions("the agent's secret"),
          forceOption(),
          utcOption(),
        ],
        mayBegin: true,
        examine(given, name = "") {
          agentPath(name);
          requireForm(given, name, agentFault(name));
        },
      },
      async (running, name) => {
        const { api, io, given } = running;
        const path = agentPath(name);
        const remark = textOption(given, "remark");
        const secret = await secretOf(io, given, `the secret of ${name}`);
        const body = { secret, ...(remark !== null && { remark }) };
        const { status, answer } = await api.callForStatus<Agent>({ method: "PUT", path, body });
        if (status !== CREATED) io.print(`${name} was already registered, and is replaced\n`);
        printAgent(running, answer);
      },
    ),
    apiCommand(
      deps,
      {
        usage: "list",
        description: "list the WeCom agents",
        examples: ["agent list"],
        options: listOptions(),
      },
      (running) =>
        printList<Agent>(
          running,
          "/work-agents",
          {},
          {
            heads: ["AGENT", "REMARK", "REGISTERED"],
            row: ({ corpid, agentid, remark, createdAt }, time) => [
              ...[`${corpid}:${agentid}`, remark, time(createdAt)],
            ],
            nothing:
              "no WeCom agent is registered; register one with waferd agent add <corpid:agentid>",
          },
        ),
    ),
    apiCommand(
      deps,
      {
        usage: "show <agent>",
        description: "show a WeCom agent; its secret is never shown",
        examples: ["agent show ww1234567890abcdef:1000002"],
        options: [utcOption()],
      },
      async (running, name) =>
        printAgent(running, await running.api.call({ method: "GET", path: agentPath(name) })),
    ),
    apiCommand(
      deps,
      {
        usage: "remove <agent>",
        description: "remove a WeCom agent with its token and tickets",
        examples: ["agent remove ww1234567890abcdef:1000002 --yes"],
        options: [yesOption()],
      },
      async ({ api, io, given }, name) => {
        const path = agentPath(name);
        await api.call({ method: "GET", path });
        await confirm(io, `Remove ${name} with its token and tickets?`, given["yes"] === true);
        await api.call({ method: "DELETE", path });
        io.print(`removed ${name}\n`);
      },
    ),
  ]);

function printAgent({ io, json, time }: Running, agent: Agent): void {
  if (json) {
    io.write(`${JSON.stringify(agent)}\n`);
    return;
  }
  printFacts(io, [
    ["agent", `${agent.corpid}:${agent.agentid}`],
    ["remark", agent.remark],
    ["registered", time(agent.createdAt)],
    ["changed", time(agent.updatedAt)],
  ]);
}
