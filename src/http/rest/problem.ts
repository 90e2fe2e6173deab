import { PATH_PATTERN_FORM } from "../../core/access/key-paths.ts";
import type { ErrorCode, Failure } from "../../core/errors.ts";
import { MAX_CODE_LENGTH } from "../../core/sessions/login-request.ts";
import { PROBLEMS, type ProblemCode, problemCodeOf } from "./codes.ts";
import type { Problem } from "./model.ts";

export type ProblemError = NonNullable<Problem["errors"]>[number];

/** An error that routes throw to answer with a problem; only their error handler catches it. */
export class Refusal extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly errors: readonly ProblemError[];
  readonly headers: Readonly<Record<string, string>>;
  /** The core's failure; null when the fault is the request's. */
  readonly failure: Failure | null;

  constructor(
    code: ProblemCode,
    {
      status = PROBLEMS[code].status,
      errors = [],
      headers = {},
      failure = null,
    }: {
      status?: number;
      errors?: readonly ProblemError[];
      headers?: Record<string, string>;
      failure?: Failure | null;
    } = {},
  ) {
    super(code);
    this.code = code;
    this.status = status;
    this.errors = errors;
    this.headers = headers;
    this.failure = failure;
  }
}

/** A route's deviations from the statuses of the table. */
export type StatusRules = Partial<Record<ErrorCode, number>>;

/** Returns the refusal for a failure of the core. */
export function refusalOf(failure: Failure, statuses: StatusRules = {}): Refusal {
  const code = problemCodeOf(failure.code);
  const { reason, problem, retryAfterSeconds } = failure.detail;
  const status = statuses[failure.code] ?? PROBLEMS[code].status;
  const errors =
    failure.code === "badParameter" && reason !== undefined ? [memberError(reason, problem)] : [];
  return new Refusal(code, {
    failure,
    status,
    errors,
    headers: {
      ...(code === "keyRequired" && { "WWW-Authenticate": "Bearer" }),
      ...(retryAfterSeconds !== undefined && { "Retry-After": String(retryAfterSeconds) }),
    },
  });
}

/** Texts for members whose form is right and whose value the core refuses. */
const MEMBERS: Readonly<Record<string, Omit<ProblemError, "pointer">>> = {
  code: { in: "body", detail: `must have 1 to ${MAX_CODE_LENGTH} characters` },
  encryptedData: { in: "body", detail: "is missing; an iv alone decrypts nothing" },
  userInfo: { in: "body", detail: "is larger than 16 KiB together with the stored profile" },
  cursor: {
    in: "query",
    detail: "is not a cursor of this list; use the `next` of an earlier page",
  },
  secret: { in: "body", detail: "is an appid; the two are swapped" },
  title: { in: "body", detail: "contains half a character (a lone surrogate)" },
  remark: { in: "body", detail: "contains half a character (a lone surrogate)" },
  openid: { in: "body", detail: "is not the user of this code" },
  apps: { in: "body", detail: "names an app or agent that is not registered" },
  paths: {
    in: "body",
    detail: `must be null, or of a key with proxy: each is ${PATH_PATTERN_FORM}`,
  },
  expiresAt: { in: "body", detail: "is in the past" },
  url: { in: "body", detail: "must be a page's address, with http or https" },
};

const memberError = (member: string, problem?: string): ProblemError => ({
  ...(MEMBERS[member] ?? { in: "body", detail: "is invalid" }),
  ...(problem !== undefined && { detail: problem }),
  pointer: `/${member}`,
});

/** The facts of a request that its problem depends on. */
export interface ProblemContext {
  requestId: string;
  /** Headers of every answer. */
  standing: Readonly<Record<string, string>>;
  /** Whether the caller has a key: others must not see where this server's calls go. */
  isKnown: boolean;
}

/** Returns the answer for a refusal. */
export function problemResponse(
  { code, status, errors, headers, failure }: Refusal,
  { requestId, standing, isKnown }: ProblemContext,
): Response {
  const { wechat, upstream } = failure?.detail ?? {};
  const reason = failure?.detail.reason ?? (isKnown ? upstream : undefined);
  const body: Problem = {
    type: `urn:waferd:problem:${code}`,
    title: PROBLEMS[code].title,
    status,
    code,
    ...(reason !== undefined && errors.length === 0 && { detail: reason }),
    requestId,
    ...(errors.length > 0 && { errors: [...errors] }),
    ...(wechat !== undefined && { wechat }),
  };
  return Response.json(body, {
    status,
    headers: {
      ...standing,
      ...headers,
      "Content-Type": "application/problem+json",
      "X-Request-Id": requestId,
    },
  });
}
