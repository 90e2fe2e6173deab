import type { Connection } from "./connection.ts";

/** A column in information_schema. */
export interface Column {
  /** The type alone, in lower case: `varchar`. */
  type: string;
  /** The type with its lengths or members: `enum('a','b')`. */
  fullType: string;
  length: number;
  collation: string | null;
  isNullable: number;
  hasDefault: number;
  /** Whether the default is another value than NULL and an empty text. */
  hasValue: number;
  extra: string;
}

/** Whose dialect of DEFAULT a server speaks. */
export type ServerKind = "mariadb" | "mysql" | "old mysql";

export async function serverKind(connection: Connection): Promise<ServerKind> {
  const [row] = await connection.query<{ version: string }>("SELECT VERSION() AS version");
  const version = row?.version ?? "";
  if (/mariadb/i.test(version)) return "mariadb";
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  // Since 8.0.13 a default may be an expression, which texts need.
  return major * 1e6 + minor * 1e3 + patch >= 8_000_013 ? "mysql" : "old mysql";
}

const TEXTS = /^(tiny|medium|long)?text$/;

/** Tells whether a column of this type holds texts. */
export const isText = (type: string): boolean => /^(var)?char$/.test(type) || TEXTS.test(type);

const ZERO = /^(tinyint|smallint|mediumint|int|bigint|decimal|float|double|bit|year)$/;
const TIMES: Readonly<Record<string, string>> = {
  date: "'1970-01-01'",
  time: "'00:00:00'",
  datetime: "'1970-01-01 00:00:00'",
  timestamp: "'1971-01-01 00:00:00'",
};
const SHORT_BYTES = /^((var)?char|(var)?binary|set)$/;
const LONG_BYTES = /^(tiny|medium|long)?(text|blob)$/;

/** Returns the empty value of a column as a DEFAULT; null when its server takes none. */
export function defaultFor(
  { type, fullType }: Pick<Column, "type" | "fullType">,
  server: ServerKind,
): string | null {
  if (ZERO.test(type)) return type === "bit" ? "b'0'" : "0";
  if (SHORT_BYTES.test(type)) return "''";
  if (type === "enum") return /^enum\(('(?:[^']|'')*')/i.exec(fullType)?.[1] ?? null;
  if (LONG_BYTES.test(type)) return { mariadb: "''", mysql: "('')", "old mysql": null }[server];
  return TIMES[type] ?? null;
}
