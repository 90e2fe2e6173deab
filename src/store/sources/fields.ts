import type { Milliseconds } from "../../core/ports.ts";
import type { Moved } from "../../core/transfer.ts";
import type { JsonObject } from "../../core/user-info.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { type ExportedSecret, exportPlace } from "./export-format.ts";

/** A member that is missing or not of the right form; the message says which. */
export class FieldError extends Error {
  override readonly name = "FieldError";
}

/** The members of a line of an export, each with the form that it must have. */
export class Fields {
  readonly #line: JsonObject;
  readonly #kind: Moved["kind"];
  readonly #sealer: () => Sealer;

  constructor(line: JsonObject, kind: Moved["kind"], sealer: () => Sealer) {
    this.#line = line;
    this.#kind = kind;
    this.#sealer = sealer;
  }

  /** @param isRight what else must hold of the text */
  text(name: string, isRight: (text: string) => boolean = () => true): string {
    const value = this.#line[name];
    if (typeof value !== "string" || !isRight(value)) throw new FieldError(`${name} is not what it must be`);
    return value;
  }

  number(name: string): number {
    const value = this.#line[name];
    if (typeof value !== "number" || !Number.isFinite(value)) throw new FieldError(`${name} is no number`);
    return value;
  }

  time(name: string): Milliseconds {
    const at = Date.parse(this.text(name));
    if (Number.isNaN(at)) throw new FieldError(`${name} is no time`);
    return at;
  }

  bytes(name: string, length: number): Buffer {
    const bytes = Buffer.from(this.text(name), "hex");
    if (bytes.length !== length) throw new FieldError(`${name} must be ${length} bytes in hex`);
    return bytes;
  }

  object(name: string): JsonObject {
    const value = this.#line[name];
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new FieldError(`${name} is no object`);
    return value as JsonObject;
  }

  texts(name: string, isRight: (text: string) => boolean): string[] {
    const value = this.#line[name];
    if (!Array.isArray(value) || !value.every((one) => typeof one === "string" && isRight(one)))
      throw new FieldError(`${name} is no list of what it must be`);
    return value as string[];
  }

  /** What a reader gives, or null where null stands. */
  orNull<T>(name: string, read: (name: string) => T): T | null {
    return this.#line[name] === null ? null : read(name);
  }

  /**
   * A secret, unsealed.
   *
   * @throws UnsealError when it was sealed with another key, or for another place
   */
  secret(key: string, name: string): string {
    const value = this.#line[name] as ExportedSecret | undefined;
    if (typeof value === "string") return value;
    if (typeof value?.sealed !== "string") throw new FieldError(`${name} is missing`);
    return this.#sealer().open(Buffer.from(value.sealed, "base64"), exportPlace(this.#kind, key, name));
  }
}
