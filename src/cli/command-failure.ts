import { StartError } from "../core/errors.ts";
import type { Problem } from "../http/rest/model.ts";
import { EXIT, EXIT_STATUSES, type ExitStatus } from "./exit-status.ts";
import { explainErrcode } from "./wechat-errcodes.ts";

/** A failed command: the message says what is wrong and what to do, the status ends the process. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly status: ExitStatus;
  /** The problem document of the REST API; null when the API was not involved. */
  readonly problem: Problem | null;

  constructor(status: ExitStatus, message: string, problem: Problem | null = null) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

/** Returns a failure for a mistake in the command line. */
export const usageFailure = (message: string): CommandFailure =>
  new CommandFailure(EXIT.usage, message);

/** Returns a failure that describes a problem of the REST API for people. */
export function problemFailure(problem: Problem): CommandFailure {
  const { title, code, detail, errors = [], wechat } = problem;
  const lines = [
    `${title}${detail === undefined ? "" : `: ${detail}`}`,
    ...errors.map(({ pointer, detail }) => `  ${pointer.slice(1)} ${detail}`),
    ...(wechat === undefined ? [] : wechatLines(wechat)),
  ];
  // A newer server may send codes that this executable does not know.
  return new CommandFailure(EXIT_STATUSES[code] ?? EXIT.failed, lines.join("\n"), problem);
}

function wechatLines(wechat: { errcode: number; errmsg: string }): string[] {
  const explained = explainErrcode(wechat, null);
  return [
    `  WeChat said ${wechat.errcode}: ${wechat.errmsg}`,
    ...(explained === null ? [] : [`  ${explained.problem}: ${explained.todo}`]),
  ];
}

/** Returns a failure as a problem document; null for a bug. */
export function asProblem(error: unknown): object | null {
  if (error instanceof CommandFailure)
    return error.problem ?? { type: "about:blank", title: error.message, exitStatus: error.status };
  if (error instanceof StartError)
    return { type: "about:blank", title: error.message, exitStatus: EXIT.failed };
  return null;
}
