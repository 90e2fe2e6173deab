import { createHash } from "node:crypto";

/** A Lua script: what it does is done as one, and seen by no other client half done. Its arguments are in ARGV. */
export class Script {
  readonly text: string;
  #sha1: string | null = null;

  constructor(text: string) {
    this.text = text;
  }

  /** What Redis calls it by. */
  get sha1(): string {
    this.#sha1 ??= createHash("sha1").update(this.text).digest("hex");
    return this.#sha1;
  }
}

/** A flat reply of names and values, as HGETALL in a script gives it. */
export function toRecord(flat: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let index = 0; index + 1 < flat.length; index += 2)
    record[flat[index] as string] = flat[index + 1] as string;
  return record;
}

/** Names and values one after another, as HSET takes them. */
export const toFlat = (record: Readonly<Record<string, string | number>>): (string | number)[] =>
  Object.entries(record).flat();
