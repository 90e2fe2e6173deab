import type { Milliseconds } from "../core/ports.ts";
import type { JsonObject } from "../core/sessions/user-info.ts";
import { demand } from "./row.ts";

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The members of a line of an export. Each is asked for in the form that it must have, else it is a RowError. */
export class Members {
  readonly #line;
  readonly #open;

  /** @param open opens a sealed secret: Base64, the key of its place, and the member's name */
  constructor(line: JsonObject, open: (sealed: string, key: string, name: string) => string) {
    this.#line = line;
    this.#open = open;
  }

  /** @param isRight what else has to hold of the text */
  text(name: string, isRight: (text: string) => boolean = () => true): string {
    const value = this.#line[name];
    demand(
      typeof value === "string" && value.isWellFormed() && isRight(value),
      `${name} is not what it must be`,
    );
    return value;
  }

  word<T extends string>(name: string, words: readonly T[]): T {
    const value = words.find((word) => word === this.#line[name]);
    demand(value !== undefined, `${name} is none of ${words.join(", ")}`);
    return value;
  }

  /** A whole number. */
  count(name: string, least: number): number {
    const value = this.#line[name];
    demand(
      typeof value === "number" && Number.isSafeInteger(value) && value >= least,
      `${name} is no whole number from ${least} up`,
    );
    return value;
  }

  /** A time as we write it: RFC 3339 with milliseconds, in UTC. */
  time(name: string): Milliseconds {
    const value = this.#line[name];
    const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
    demand(!Number.isNaN(time) && new Date(time).toISOString() === value, `${name} is no time`);
    return time;
  }

  /** A SHA-256 in hex. */
  hash(name: string): Buffer {
    return Buffer.from(
      this.text(name, (text) => /^[0-9a-f]{64}$/.test(text)),
      "hex",
    );
  }

  object(name: string): JsonObject {
    const value = this.#line[name];
    demand(isObject(value), `${name} is no object`);
    return value;
  }

  texts(name: string, isRight: (text: string) => boolean): string[] {
    const value = this.#line[name];
    demand(
      Array.isArray(value) && value.every((one) => typeof one === "string" && isRight(one)),
      `${name} is no list of what it must hold`,
    );
    return value;
  }

  words<T extends string>(name: string, words: readonly T[]): T[] {
    const known = this.texts(name, (text) => words.some((word) => word === text));
    return known.flatMap((text) => words.filter((word) => word === text));
  }

  /** What `read` makes of a member, or null where null stands. */
  orNull<T>(name: string, read: (name: string) => T): T | null {
    return this.#line[name] === null ? null : read(name);
  }

  /**
   * A secret, sealed or not.
   *
   * @param key of the place that it was sealed for
   */
  secret(name: string, key: string): string {
    const value = this.#line[name];
    if (typeof value === "string") return value;
    const sealed = isObject(value) ? value["sealed"] : undefined;
    demand(typeof sealed === "string", `${name} is missing`);
    return this.#open(sealed, key, name);
  }
}
