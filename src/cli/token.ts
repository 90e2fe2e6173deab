import type { Static } from "@sinclair/typebox";
import { type Command, Option } from "commander";
import { credentialKinds, kindName } from "../core/credentials/kinds.ts";
import type { CredentialModel } from "../http/rest/credentials/model.ts";
import { agentPath, isAgentName } from "./agent-name.ts";
import { path } from "./api/api.ts";
import {
  apiCommand,
  commandGroup,
  type Running,
  refusedSecret,
  textOption,
} from "./api-command.ts";
import type { CommandDeps } from "./deps.ts";
import { canAsk, readSecret } from "./terminal/prompt.ts";

type Credential = Static<typeof CredentialModel>;

const kindOption = (): Option =>
  new Option(
    "--kind <kind>",
    "an access token, a ticket of an official account, or the corp's or the agent's ticket of WeCom",
  )
    .choices([...new Set(credentialKinds.map(kindName))])
    .default("access-token");

const OWNER = "an appid, or a WeCom agent as corpid:agentid";

/** Makes `waferd token …`, which gets and renews hosted access tokens and tickets. */
export const tokenCommand = (deps: CommandDeps): Command =>
  commandGroup("token", `hosted access tokens and tickets, of ${OWNER}`, [
    apiCommand(
      deps,
      {
        usage: "get <owner>",
        description: `print the access token, or a ticket, of ${OWNER}`,
        examples: [
          "token get wx1234567890abcdef",
          "token get ww1234567890abcdef:1000002 --kind ticket",
        ],
        options: [kindOption()],
      },
      async (running, owner) =>
        printValue(
          running,
          await running.api.call({ method: "GET", path: credentialPath(running, owner) }),
        ),
    ),
    apiCommand(
      deps,
      {
        usage: "rotate <owner>",
        description:
          "renew a token that WeChat refused, unless it was already renewed, and print the current one; asks for the failed one",
        examples: [
          "token rotate wx1234567890abcdef --failed-token-file ./token",
          "token rotate wx1234567890abcdef --force",
        ],
        options: [
          kindOption(),
          new Option("--failed-token-file <file>", "read the failed token from a file"),
          new Option(
            "--failed-token-stdin",
            "read it from standard input (the default unless that is a terminal)",
          ).conflicts("failedTokenFile"),
          new Option("--force", "renew at once, without a failed token").conflicts([
            "failedTokenFile",
            "failedTokenStdin",
          ]),
          refusedSecret(
            "failed-token",
            "give it by --failed-token-file <file> or on standard input",
          ),
        ],
      },
      async (running, owner) => {
        const { api, given } = running;
        const body =
          given["force"] === true ? { force: true } : { rotate: await failedToken(running, owner) };
        const renewal = `${credentialPath(running, owner)}/renew`;
        printValue(running, await api.call({ method: "POST", path: renewal, body }));
      },
    ),
  ]);

const failedToken = ({ io, given }: Running, owner: string): Promise<string> =>
  readSecret(io, {
    what: `the failed token of ${owner}`,
    flag: "failed-token",
    file: textOption(given, "failedTokenFile"),
    stdin: given["failedTokenStdin"] === true || !canAsk(io),
  });

function credentialPath({ given }: Running, owner: string): string {
  const of = isAgentName(owner) ? agentPath(owner) : path`/apps/${owner}`;
  return `${of}/credentials/${given["kind"]}`;
}

/** Prints the value alone, for scripts. */
const printValue = ({ io, json }: Running, credential: Credential): void =>
  io.write(`${json ? JSON.stringify(credential) : credential.value}\n`);
