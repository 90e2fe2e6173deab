import { StartError } from "../core/errors.ts";
import type { Problem } from "../http/rest/model.ts";
import { EXIT, EXIT_STATUSES, type ExitStatus } from "./exit-status.ts";

/** A command that came to nothing: what is wrong, what would be right, and how the process ends. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly status: ExitStatus;
  /** What the REST API said, if it was the API. */
  readonly problem: Problem | null;

  constructor(status: ExitStatus, message: string, problem: Problem | null = null) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

/** A mistake in what was typed. */
export const usageFailure = (message: string): CommandFailure =>
  new CommandFailure(EXIT.usage, message);

/** What the REST API refused, in words. */
export function problemFailure(problem: Problem): CommandFailure {
  const { title, code, detail, errors = [], wechat } = problem;
  const lines = [
    `${title}${detail === undefined ? "" : `: ${detail}`}`,
    ...errors.map(({ pointer, detail }) => `  ${pointer.slice(1)} ${detail}`),
    ...(wechat === undefined ? [] : [`  WeChat said ${wechat.errcode}: ${wechat.errmsg}`]),
  ];
  // A newer server may have codes that this executable does not know.
  return new CommandFailure(EXIT_STATUSES[code] ?? EXIT.failed, lines.join("\n"), problem);
}

/** A failure as `application/problem+json` has it; null for a bug. */
export function asProblem(error: unknown): object | null {
  if (error instanceof CommandFailure)
    return error.problem ?? { type: "about:blank", title: error.message, exitStatus: error.status };
  if (error instanceof StartError)
    return { type: "about:blank", title: error.message, exitStatus: EXIT.failed };
  return null;
}
