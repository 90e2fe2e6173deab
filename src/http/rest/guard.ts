import { type TObject, type TSchema, Type } from "@sinclair/typebox";
import type { Need } from "../../core/access/access.ts";
import type { Capability } from "../../core/access/service-key.ts";
import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import { RawBody, type RestCall } from "./context.ts";
import { Problem } from "./model.ts";
import { Refusal, refusalOf } from "./problem.ts";
import { type RequestSchemas, requestValidator } from "./validation.ts";

/** A route's texts for the document. */
interface Detail {
  summary: string;
  description?: string;
  /** Headers of a successful answer that the document lists. */
  answerHeaders?: readonly ("ETag" | "Location")[];
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

/** Problems that any route may answer with. */
const ALWAYS = { 400: Problem, 413: Problem, 500: Problem, 503: Problem };
const WITH_KEY = { ...ALWAYS, 401: Problem, 403: Problem, 429: Problem };

/** Returns the problems that a route may answer with, beside those of any route. */
export const problems = <const Status extends number>(...statuses: Status[]) =>
  Object.fromEntries(statuses.map((status) => [status, Problem])) as Record<Status, typeof Problem>;

/** An answer without a body. */
export const NoContent = Type.Void({ description: "Done" });

/**
 * Returns the hooks of routes. They authorize the caller before they look at anything else of the
 * request, so that an unauthorized caller learns nothing from it.
 */
export function guards({ access }: Core, tag: string) {
  const admit = async ({ call, params }: GuardContext, needOf: NeedOf | "admin"): Promise<void> => {
    const need = needOf === "admin" ? needOf : needOf(params);
    const by = await access.authorize(call.caller, need);
    if (by instanceof Failure) throw refusalOf(by);
    call.actor = { by, requestId: call.requestId };
  };
  const guarded = <const H extends Hook>(
    hook: H,
    needOf: NeedOf | "admin",
    roles: readonly Capability[],
  ) => {
    const take = taking(hook);
    return {
      ...hook,
      response: { ...WITH_KEY, ...hook.response },
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
        response: { ...ALWAYS, ...hook.response },
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
