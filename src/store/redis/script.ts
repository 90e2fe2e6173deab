import { createHash } from "node:crypto";

/** A Lua script, which Redis runs atomically. Its arguments are in ARGV. */
export class Script {
  readonly text: string;
  #sha1: string | null = null;

  constructor(text: string) {
    this.text = text;
  }

  /** The hash by which Redis knows the script. */
  get sha1(): string {
    this.#sha1 ??= createHash("sha1").update(this.text).digest("hex");
    return this.#sha1;
  }
}

/** Reads a flat list of names and values, as HGETALL in a script returns it. */
export function toRecord(flat: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let index = 0; index + 1 < flat.length; index += 2)
    record[flat[index] as string] = flat[index + 1] as string;
  return record;
}

/** Returns a flat list of names and values, as HSET takes it. */
export const toFlat = (record: Readonly<Record<string, string | number>>): (string | number)[] =>
  Object.entries(record).flat();
