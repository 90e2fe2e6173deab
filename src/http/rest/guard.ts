import { type TObject, type TSchema, Type } from "@sinclair/typebox";
import type { Need } from "../../core/access/access.ts";
import type { Capability } from "../../core/access/service-key.ts";
import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import type { OperationName, OperationTag } from "../../messages/messages.ts";
import { PROBLEMS, type ProblemCode } from "./codes.ts";
import { RawBody, type RestCall } from "./context.ts";
import { Problem } from "./model.ts";
import { Refusal, refusalOf, type StatusRules } from "./problem.ts";
import { type RequestSchemas, requestValidator } from "./validation.ts";

/** A route's part of the document. */
interface Detail {
  /** The name of its texts. */
  text: OperationName;
  /** Headers of a successful answer that the document lists. */
  answerHeaders?: readonly ("ETag" | "Location")[];
  /** Types that it gives to a client that asks for them, instead of JSON. */
  alsoGives?: readonly ("text/event-stream" | "text/csv")[];
  /** Whether a success is a file, and not JSON. */
  givesFile?: boolean;
}

interface Hook extends RequestSchemas {
  detail: Detail;
  query?: TObject;
  response: Record<number, TSchema>;
}

interface GuardContext {
  call: RestCall;
  params: Record<string, string>;
  query: Record<string, unknown>;
  headers: unknown;
  body: unknown;
}

type NeedOf = (params: Record<string, string>) => Need;

/** Name of the document's security scheme: `Authorization: Bearer <key>`. */
export const KEY_SCHEME = "key";

/** The status that a problem has at a route with these rules. */
type StatusOf<Code extends ProblemCode, Of> = Code extends keyof Of
  ? Of[Code]
  : (typeof PROBLEMS)[Code]["status"];

/** The schemas of problems by status. */
type Answers<Code extends ProblemCode, Of = object> = {
  [Status in StatusOf<Code, Of> & number]: typeof Problem;
};

/** Where a schema of a problem keeps the codes that it may have, for the document. */
const CODES = Symbol("codes");

/** Returns the codes that a route's problem of a status may have. */
export const codesOf = (schema: object): readonly ProblemCode[] =>
  (schema as { [CODES]?: readonly ProblemCode[] })[CODES] ?? [];

/**
 * Returns the problems that a route may answer with, beside those that its guard adds.
 *
 * @param rules the route's deviations from the statuses of the table
 */
export function problems<const Of extends StatusRules, Code extends ProblemCode>(
  rules: Of,
  ...codes: Code[]
): Answers<Code, Of>;
export function problems<Code extends ProblemCode>(...codes: Code[]): Answers<Code>;
export function problems(first: StatusRules | ProblemCode, ...others: ProblemCode[]): object {
  const [rules, codes] = typeof first === "object" ? [first, others] : [{}, [first, ...others]];
  const statusOf = (code: ProblemCode): number =>
    (rules as Partial<Record<ProblemCode, number>>)[code] ?? PROBLEMS[code].status;
  return Object.fromEntries(
    [...Map.groupBy(codes, statusOf)].map(([status, ofStatus]) => [status, withCodes(ofStatus)]),
  );
}

const withCodes = (codes: readonly ProblemCode[]): typeof Problem =>
  Object.assign({}, Problem, { [CODES]: codes });

/** Joins the answers of a route: a status that both have, has the codes of both. */
function joined<One extends object, Other extends object>(one: One, other: Other): One & Other {
  const all = { ...one } as Record<string, object>;
  for (const [status, schema] of Object.entries(other) as [string, object][]) {
    const codes = [...new Set([...codesOf(all[status] ?? {}), ...codesOf(schema)])];
    all[status] = codes.length > 0 ? withCodes(codes) : schema;
  }
  return all as One & Other;
}

const OF_BUGS = problems("internal");
const OF_INPUT = problems("badParameter");
const OF_BODY = problems("badParameter", "bodyTooLarge");
const OF_KEY = problems("keyRequired", "forbidden", "tooOften", "storeFailed");

/** Returns the answers of a route with those that come from what it takes. */
function answersOf<const H extends Hook>({ body, params, query, headers, response }: H) {
  const takesInput = params !== undefined || query !== undefined || headers !== undefined;
  const ofInput = body !== undefined ? OF_BODY : takesInput ? OF_INPUT : {};
  return joined(joined(OF_BUGS, ofInput), response) as typeof OF_BUGS &
    typeof OF_BODY &
    H["response"];
}

/** An answer without a body. */
export const NoContent = Type.Void({ description: "Done" });

/**
 * Returns the hooks of routes. They authorize the caller before they look at anything else of the
 * request, so that an unauthorized caller learns nothing from it.
 */
export function guards({ access }: Core, tag: OperationTag) {
  const admit = async ({ call, params }: GuardContext, needOf: NeedOf | "admin"): Promise<void> => {
    const need = needOf === "admin" ? needOf : needOf(params);
    const by = await access.authorize(call.caller, need);
    if (by instanceof Failure) throw refusalOf(by);
    call.actor = { ...call.actor, by };
  };
  const guarded = <const H extends Hook>(
    hook: H,
    needOf: NeedOf | "admin",
    roles: readonly Capability[],
  ) => {
    const take = taking(hook);
    return {
      ...hook,
      response: joined(OF_KEY, answersOf(hook)),
      detail: { ...hook.detail, tags: [tag], security: [{ [KEY_SCHEME]: [...roles] }] },
      // biome-ignore lint/suspicious/noExplicitAny: Elysia's own context, of which this needs little
      async transform(context: any) {
        await admit(context, needOf);
        take(context);
      },
    };
  };
  return {
    /** Returns the hook of a route for holders of the admin key. */
    admin: <const H extends Hook>(hook: H) => guarded(hook, "admin", []),
    /**
     * Returns the hook of a route for holders of the admin key, or of a service key with the needed
     * capability.
     */
    service: <const H extends Hook>(roles: readonly Capability[], needOf: NeedOf, hook: H) =>
      guarded(hook, needOf, roles),
    /** Returns the hook of a route for callers whose body holds a code or a session's skey. */
    open: <const H extends Hook>(hook: H) => {
      const take = taking(hook);
      return {
        ...hook,
        response: answersOf(hook),
        detail: { ...hook.detail, tags: [tag], security: [] },
        // biome-ignore lint/suspicious/noExplicitAny: as above
        transform(context: any) {
          take(context);
        },
      };
    },
  };
}

/** Returns the parser and validator for authorized requests. */
function taking({ query, ...hook }: Hook): (context: GuardContext) => void {
  const problemsOf = requestValidator({ ...hook, ...(query !== undefined && { query }) });
  const numbers = Object.entries(query?.properties ?? {})
    .filter(([, schema]) => schema["type"] === "integer")
    .map(([name]) => name);
  return (context) => {
    for (const name of numbers) {
      const text = context.query[name];
      if (typeof text === "string" && /^\d{1,15}$/.test(text)) context.query[name] = Number(text);
    }
    if (hook.body !== undefined) context.body = parseBody(context.body);
    const errors = problemsOf(context);
    if (errors.length > 0) throw new Refusal("badParameter", { errors });
  };
}

/** Parses a body as JSON, regardless of the content type: `curl -d` sends form. */
function parseBody(body: unknown): unknown {
  const text = body instanceof RawBody ? body.text : "";
  if (text === null) throw new Refusal("bodyTooLarge");
  try {
    return JSON.parse(text);
  } catch {
    const detail = text === "" ? "is missing: send JSON" : "is not JSON";
    throw new Refusal("badParameter", { errors: [{ in: "body", pointer: "", detail }] });
  }
}
