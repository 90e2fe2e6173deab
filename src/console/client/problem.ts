import type { Problem } from "../../http/rest/model.ts";

/**
 * Why a call failed: `away`, no answer came; `foreign`, something else than waferd answered, such
 * as a proxy; `refused`, waferd answered with a problem.
 */
type CallFault =
  | { kind: "away" }
  | { kind: "foreign"; status: number }
  | { kind: "refused"; problem: Problem; retryAfterSeconds: number | null };

/** A failed call of the console. */
export class CallError extends Error {
  readonly fault: CallFault;

  constructor(fault: CallFault, options?: ErrorOptions) {
    super(fault.kind === "refused" ? fault.problem.title : fault.kind, options);
    this.fault = fault;
  }

  /** The problem's code; null for other faults. */
  get code(): Problem["code"] | null {
    return this.fault.kind === "refused" ? this.fault.problem.code : null;
  }
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === "object" && body !== null && "code" in body && "requestId" in body;

/** Returns the fault of a failed answer. */
export function faultOf(response: Response, body: unknown): CallFault {
  if (!isProblem(body)) return { kind: "foreign", status: response.status };
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return {
    kind: "refused",
    problem: body,
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : null,
  };
}
