import type { TSchema } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { excerpt } from "../../core/excerpt.ts";
import type { ProblemError } from "./problem.ts";

/** The schemas of a request's parts. */
export interface RequestSchemas {
  params?: TSchema;
  query?: TSchema;
  headers?: TSchema;
  body?: TSchema;
}

type Part = keyof RequestSchemas;

/** The parts by their names in problems. */
const PLACES: Readonly<Record<Part, ProblemError["in"]>> = {
  params: "path",
  query: "query",
  headers: "header",
  body: "body",
};

/** Upper bound of reported faults. */
const MAX_ERRORS = 100;

/**
 * Returns a validator that finds every faulty member of a request, in all its parts, once each, and
 * says how to correct it. Elysia would find those of the first part only; and its error formats
 * their values, which fails for values such as `{"toString": null}`.
 */
export function requestValidator(
  schemas: RequestSchemas,
): (request: Record<Part, unknown>) => ProblemError[] {
  const parts = (Object.keys(PLACES) as Part[]).filter((part) => schemas[part] !== undefined);
  // Compiled at the first request: most routes of most servers never get one.
  let checks: { part: Part; check: ReturnType<typeof TypeCompiler.Compile> }[] | null = null;
  return (request) => {
    checks ??= parts.map((part) => ({
      part,
      check: TypeCompiler.Compile(schemas[part] as TSchema),
    }));
    const found = new Map<string, ProblemError>();
    for (const { part, check } of checks) {
      if (check.Check(request[part])) continue;
      for (const { path, message, schema } of check.Errors(request[part])) {
        if (found.size === MAX_ERRORS) break;
        // A client chooses the names of unknown members.
        const pointer = excerpt(path);
        const name = `${part} ${pointer}`;
        if (!found.has(name))
          found.set(name, { in: PLACES[part], pointer, detail: detailOf(message, schema) });
      }
    }
    return [...found.values()];
  };
}

function detailOf(message: string, schema: TSchema): string {
  if (message === "Expected required property") return `is missing: ${expectation(schema)}`;
  if (message === "Unexpected property") return "unknown member; remove it";
  return expectation(schema);
}

/** Describes the values that a schema accepts. */
function expectation(schema: TSchema): string {
  const choices = schema["anyOf"] as TSchema[] | undefined;
  if (choices !== undefined) return choicesText(choices);
  if (schema["const"] !== undefined) return `must be ${JSON.stringify(schema["const"])}`;
  const {
    minimum,
    maximum,
    minLength,
    maxLength,
    minItems,
    maxItems,
    pattern,
    format,
    description,
  } = schema;
  switch (schema["type"]) {
    case "integer":
      return `must be a whole number${range(minimum, maximum)}`;
    case "number":
      return `must be a number${range(minimum, maximum)}`;
    case "string":
      if (pattern !== undefined || format !== undefined)
        return `must be ${description ?? pattern ?? format}`;
      return `must be a text${range(minLength, maxLength, " characters")}`;
    case "array":
      return `must be an array${range(minItems, maxItems, " items")}`;
    case "object":
      return schema["minProperties"] === undefined
        ? "must be an object"
        : "must name at least one member";
    default:
      return `must be ${description ?? schema["type"]}`;
  }
}

function choicesText(choices: readonly TSchema[]): string {
  const constants = choices.map((choice) => choice["const"]);
  if (constants.every((constant) => constant !== undefined))
    return `must be one of ${constants.map((constant) => JSON.stringify(constant)).join(", ")}`;
  const texts = choices.map((choice) =>
    choice["type"] === "null" ? "null" : expectation(choice).replace("must be ", ""),
  );
  return `must be ${texts.join(" or ")}`;
}

function range(least: unknown, most: unknown, unit = ""): string {
  if (least !== undefined && most !== undefined) return ` of ${least} to ${most}${unit}`;
  if (least !== undefined) return ` of at least ${least}${unit}`;
  return most === undefined ? "" : ` of at most ${most}${unit}`;
}
