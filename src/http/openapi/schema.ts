/** A JSON Schema, or a part of one, of whatever keywords. */
export type Schema = { [keyword: string]: unknown };

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Keywords whose values are data, not schemas. */
const DATA: ReadonlySet<string> = new Set([
  "examples",
  "example",
  "default",
  "enum",
  "const",
  "required",
]);

/**
 * A schema as the document has it: schemas with an `$id` become references to its components, which
 * are added to `components`; unions of texts become enums.
 */
export function documentSchema(schema: Schema, components: Map<string, Schema>): Schema {
  const { $id: name, ...rest } = schema;
  if (typeof name !== "string") return transform(rest, components);
  if (!components.has(name)) {
    // Before its members, so that the order is that of first use.
    components.set(name, {});
    components.set(name, transform(rest, components));
  }
  return { $ref: `#/components/schemas/${name}` };
}

function transform(schema: Schema, components: Map<string, Schema>): Schema {
  const { anyOf, ...rest } = schema;
  if (
    Array.isArray(anyOf) &&
    anyOf.every((choice) => isSchema(choice) && typeof choice["const"] === "string")
  )
    return { type: "string", enum: anyOf.map((choice) => choice["const"]), ...rest };
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [
      keyword,
      DATA.has(keyword) ? value : transformValue(value, components),
    ]),
  );
}

function transformValue(value: unknown, components: Map<string, Schema>): unknown {
  if (Array.isArray(value)) return value.map((item) => transformValue(item, components));
  return isSchema(value) ? documentSchema(value, components) : value;
}

/** Returns the content of a body, with the schema's first example. */
export function mediaType(schema: Schema, components: Map<string, Schema>): object {
  const [example] = (schema["examples"] as unknown[] | undefined) ?? [];
  return {
    schema: documentSchema(schema, components),
    ...(example !== undefined && { example }),
  };
}
