import type { Milliseconds } from "../core/ports.ts";
import { isObject, type JsonObject } from "../core/sessions/user-info.ts";
import { demand } from "./row.ts";

/** Reads the members of a line of an export, and throws a RowError for one with another form. */
export class Members {
  readonly #line;
  readonly #open;

  /** @param open opens a sealed secret: Base64, the key of its place, and the member's name */
  constructor(line: JsonObject, open: (sealed: string, key: string, name: string) => string) {
    this.#line = line;
    this.#open = open;
  }

  /** @param isRight a further condition */
  text(name: string, isRight: (text: string) => boolean = () => true): string {
    const value = this.#line[name];
    demand(
      typeof value === "string" && value.isWellFormed() && isRight(value),
      `${name} is invalid`,
    );
    return value;
  }

  word<T extends string>(name: string, words: readonly T[]): T {
    const value = words.find((word) => word === this.#line[name]);
    demand(value !== undefined, `${name} is not one of ${words.join(", ")}`);
    return value;
  }

  /** Reads a whole number. */
  count(name: string, least: number): number {
    const value = this.#line[name];
    demand(
      typeof value === "number" && Number.isSafeInteger(value) && value >= least,
      `${name} is not a whole number of at least ${least}`,
    );
    return value;
  }

  /** Reads a time as `waferd export` writes it: RFC 3339 with milliseconds, in UTC. */
  time(name: string): Milliseconds {
    const value = this.#line[name];
    const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
    demand(!Number.isNaN(time) && new Date(time).toISOString() === value, `${name} is not a time`);
    return time;
  }

  /** Reads a SHA-256 in hex. */
  hash(name: string): Buffer {
    return Buffer.from(
      this.text(name, (text) => /^[0-9a-f]{64}$/.test(text)),
      "hex",
    );
  }

  object(name: string): JsonObject {
    const value = this.#line[name];
    demand(isObject(value), `${name} is not an object`);
    return value;
  }

  texts(name: string, isRight: (text: string) => boolean): string[] {
    const value = this.#line[name];
    demand(
      Array.isArray(value) && value.every((one) => typeof one === "string" && isRight(one)),
      `${name} is not a list of valid values`,
    );
    return value;
  }

  words<T extends string>(name: string, words: readonly T[]): T[] {
    const known = this.texts(name, (text) => words.some((word) => word === text));
    return known.flatMap((text) => words.filter((word) => word === text));
  }

  /** Reads a member that may be null. */
  orNull<T>(name: string, read: (name: string) => T): T | null {
    return this.#line[name] === null ? null : read(name);
  }

  /** Reads a member that may be null, and that exports of earlier versions lack. */
  ifThere<T>(name: string, read: (name: string) => T): T | null {
    return this.#line[name] === undefined ? null : this.orNull(name, read);
  }

  /**
   * Reads a secret, sealed or in clear.
   *
   * @param key the key of the place that it is sealed for
   */
  secret(name: string, key: string): string {
    const value = this.#line[name];
    if (typeof value === "string") return value;
    const sealed = isObject(value) ? value["sealed"] : undefined;
    demand(typeof sealed === "string", `${name} is missing`);
    return this.#open(sealed, key, name);
  }
}
