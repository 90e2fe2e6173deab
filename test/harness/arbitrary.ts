import fc from "fast-check";
import type { ApiDocument } from "./api.ts";

// biome-ignore lint/suspicious/noExplicitAny: a JSON Schema of any keywords
type Schema = any;

/**
 * Generates values that a schema of a document accepts. Knows only the keywords that our schemas
 * use.
 */
export function valid(document: ApiDocument, given: Schema): fc.Arbitrary<unknown> {
  const schema = document.resolve(given);
  const of = (part: Schema): fc.Arbitrary<unknown> => valid(document, part);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(of));
  switch (schema.type) {
    case "string":
      return texts(schema);
    case "integer":
      return fc.integer({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9 });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array": {
      const lengths = {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      };
      return schema.uniqueItems
        ? fc.uniqueArray(of(schema.items), lengths)
        : fc.array(of(schema.items), lengths);
    }
    case "object":
      return objects(schema, of);
    default:
      return fc.jsonValue();
  }
}

function texts({ pattern, format, minLength = 0, maxLength = 1000 }: Schema): fc.Arbitrary<string> {
  if (format === "date-time")
    return fc
      .date({
        min: new Date("1970-01-01T00:00:00Z"),
        max: new Date("9999-01-01T00:00:00Z"),
        noInvalidDate: true,
      })
      .map((date) => date.toISOString());
  if (format !== undefined) throw new Error(`no texts of format ${format} yet`);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, "u"));
  // JSON Schema counts characters, not UTF-16 units.
  return fc.string({ minLength, maxLength: Math.min(maxLength, 200), unit: "binary" });
}

function objects(
  schema: Schema,
  of: (part: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<object> {
  const properties = Object.entries<Schema>(schema.properties ?? {});
  const named = fc.record(Object.fromEntries(properties.map(([name, part]) => [name, of(part)])), {
    requiredKeys: schema.required ?? [],
  });
  const records = Object.values<Schema>(schema.patternProperties ?? {});
  const others =
    records[0] === undefined ? fc.constant({}) : fc.dictionary(fc.string(), of(records[0]));
  return fc
    .tuple(named, others)
    .map(([a, b]) => ({ ...b, ...a }))
    .filter(
      (value) =>
        Object.keys(value).length >= (schema.minProperties ?? 0) &&
        Object.entries<string[]>(schema.dependentRequired ?? {}).every(
          ([name, needed]) => !(name in value) || needed.every((other) => other in value),
        ),
    );
}

/** Generates values that almost match a schema: a member is dropped, added or replaced. */
export function nearly(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const changed = fc.tuple(
    values,
    fc.nat(),
    fc.jsonValue(),
    fc.constantFrom("drop", "add", "replace"),
  );
  return fc.oneof(
    fc.jsonValue(),
    changed.map(([value, index, other, how]) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return other;
      const names = Object.keys(value);
      const name = names[index % Math.max(1, names.length)] ?? "extra";
      if (how === "add") return { ...value, [`${name}x`]: other };
      if (how === "replace") return { ...value, [name]: other };
      return Object.fromEntries(Object.entries(value).filter(([kept]) => kept !== name));
    }),
  );
}
