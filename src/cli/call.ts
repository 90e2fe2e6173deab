import { readFileSync, writeFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { apiCommand, type Given, textOption } from "./api-command.ts";
import { agentSegments, isAgentName } from "./agent-name.ts";
import { path } from "./api/api.ts";
import type { ApiRequest } from "./api/connection.ts";
import { CommandFailure, usageFailure } from "./command-failure.ts";
import type { CommandDeps } from "./deps.ts";
import { EXIT } from "./exit-status.ts";
import { explainErrcode } from "./wechat-errcodes.ts";

const METHODS = ["GET", "POST", "PUT", "DELETE"] as const;

/** Answers of these types are printed; others go into a file. */
const TEXT = /^(text\/|application\/(json|xml|javascript))/i;

/** Makes `waferd call`, which calls WeChat through the gateway. */
export const callCommand = (deps: CommandDeps): Command =>
  apiCommand(
    deps,
    {
      usage: "call <owner> <path>",
      description:
        "call WeChat's or WeCom's API with the hosted token of an appid, or of an agent as corpid:agentid, and print the answer",
      examples: [
        "call wx1234567890abcdef /cgi-bin/get_api_domain_ip",
        `call wx1234567890abcdef /wxa/getwxacode --data '{"path":"pages/index/index"}' --output code.png`,
        "call wx1234567890abcdef /cgi-bin/clear_quota --data-file ./body.json",
        "call ww1234567890abcdef:1000002 '/cgi-bin/user/get?userid=alice'",
      ],
      options: [
        new Option("--method <method>", "the method (default: POST with a body, else GET)").choices(
          METHODS,
        ),
        new Option("--data <json>", "the body").conflicts("dataFile"),
        new Option("--data-file <file>", "read the body from a file, - for standard input"),
        new Option("--content-type <type>", "the body's type").default("application/json"),
        new Option("--output <file>", "write the answer into a file; needed for images and the like"),
      ],
    },
    async ({ api, io, given }, owner, target) => {
      const body = bodyOf(given);
      const method = (textOption(given, "method") ??
        (body === null ? "GET" : "POST")) as ApiRequest["method"];
      const answer = await api.gatewayCall({
        method,
        path: gatewayPath(owner, target),
        ...(body !== null && { body, headers: { "content-type": String(given["contentType"]) } }),
      });
      const file = textOption(given, "output");
      const isText = TEXT.test(answer.contentType) || answer.body.length === 0;
      const error = errorIn(answer.body);
      if (error === null && answer.status < 400 && file !== null) {
        writeFileSync(file, answer.body);
        io.print(`${answer.body.length} bytes written to ${file}\n`);
        return;
      }
      if (!isText)
        throw usageFailure(
          `the answer is ${answer.contentType || "of no type"}, ${answer.body.length} bytes: give --output <file>`,
        );
      io.write(`${answer.body.toString().trimEnd()}\n`);
      if (error !== null || answer.status >= 400) throw refusedBy(answer.status, error);
    },
  );

/** Returns the gateway's path of an owner and a path of WeChat's. */
function gatewayPath(owner: string, target: string): string {
  if (!target.startsWith("/"))
    throw usageFailure(`the path begins with a slash, such as /cgi-bin/user/get, not "${target}"`);
  const base = isAgentName(owner)
    ? `/wecom${agentSegments(owner)}`
    : path`/wechat/${owner}`;
  return base + target;
}

function bodyOf(given: Given): Uint8Array | null {
  const data = textOption(given, "data");
  if (data !== null) return Buffer.from(data);
  const file = textOption(given, "dataFile");
  if (file === null) return null;
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    throw usageFailure(`--data-file: ${(error as Error).message}`);
  }
}

/** Returns WeChat's error in an answer, or null. */
function errorIn(body: Buffer): { errcode: number; errmsg: string } | null {
  try {
    const { errcode, errmsg = "" } = Object(JSON.parse(body.toString()));
    return typeof errcode === "number" && errcode !== 0 ? { errcode, errmsg } : null;
  } catch {
    return null;
  }
}

function refusedBy(
  status: number,
  error: { errcode: number; errmsg: string } | null,
): CommandFailure {
  if (error === null) return new CommandFailure(EXIT.wechat, `WeChat answered HTTP ${status}`);
  const explained = explainErrcode(error, null);
  const hint = explained === null ? "" : `\n  ${explained.problem}: ${explained.todo}`;
  return new CommandFailure(EXIT.wechat, `WeChat said ${error.errcode}${hint}`);
}
