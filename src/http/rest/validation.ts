import type { TSchema } from "@sinclair/typebox";
import type { ValidationError } from "elysia";
import type { ProblemError } from "./problem.ts";

/** The parts of a request as Elysia names them, and as problems do. */
const PARTS: Readonly<Record<string, ProblemError["in"]>> = {
  body: "body",
  query: "query",
  params: "path",
  headers: "header",
};

/** One thing that TypeBox found wrong. */
interface Finding {
  path: string;
  message: string;
  schema: TSchema;
}

/** Every member that is wrong, each once, with what would be right. */
export function problemErrors(error: ValidationError): ProblemError[] {
  const part = PARTS[error.type] ?? "body";
  const found = new Map<string, ProblemError>();
  for (const finding of error.all as unknown as Finding[]) {
    const { path: pointer, message, schema } = finding;
    if (found.has(pointer)) continue;
    found.set(pointer, { in: part, pointer, detail: detailOf(message, schema) });
  }
  return [...found.values()];
}

function detailOf(message: string, schema: TSchema): string {
  if (message === "Expected required property") return `is missing: ${expectation(schema)}`;
  if (message === "Unexpected property") return "is no member of this: remove it";
  return expectation(schema);
}

/** What a schema takes, in words. */
function expectation(schema: TSchema): string {
  const choices = schema["anyOf"] as TSchema[] | undefined;
  if (choices !== undefined) return choicesText(choices);
  if (schema["const"] !== undefined) return `must be ${JSON.stringify(schema["const"])}`;
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern, format, description } = schema;
  switch (schema["type"]) {
    case "integer":
      return `must be a whole number${range(minimum, maximum)}`;
    case "number":
      return `must be a number${range(minimum, maximum)}`;
    case "string":
      if (pattern !== undefined || format !== undefined) return `must be ${description ?? pattern ?? format}`;
      return `must be a text${range(minLength, maxLength, " characters")}`;
    case "array":
      return `must be an array${range(minItems, maxItems, " items")}`;
    case "object":
      return schema["minProperties"] === undefined ? "must be an object" : "must name at least one member";
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
