import { type Static, Type } from "@sinclair/typebox";

/** A way in which an upstream endpoint misbehaves. */
export const Fault = Type.Object(
  {
    latencyMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 600_000,
        description: "milliseconds to wait before anything else",
      }),
    ),
    status: Type.Optional(
      Type.Integer({ minimum: 100, maximum: 599, description: "an HTTP status instead of 200" }),
    ),
    reset: Type.Optional(
      Type.Boolean({
        description: "do the work, then reset the connection instead of answering",
      }),
    ),
    errcode: Type.Optional(Type.Integer({ description: "a refusal instead of the work" })),
    errmsg: Type.Optional(Type.String()),
    body: Type.Optional(
      Type.String({ description: "this text as the whole answer, instead of the work" }),
    ),
    times: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: "the number of calls that it is for; without it until it is cleared",
      }),
    ),
  },
  { additionalProperties: false, examples: [{ errcode: -1, times: 2 }] },
);
export type Fault = Static<typeof Fault>;

/** The faults that are set, by endpoint path. */
export class Faults {
  readonly #faults = new Map<string, Fault>();

  set(path: string, fault: Fault): void {
    this.#faults.set(path, { ...fault });
  }

  clear(path: string): void {
    this.#faults.delete(path);
  }

  /** Returns the fault for a call, and counts the call. */
  take(path: string): Fault {
    const fault = this.#faults.get(path);
    if (fault === undefined) return {};
    if (fault.times !== undefined) {
      fault.times -= 1;
      if (fault.times === 0) this.#faults.delete(path);
    }
    return fault;
  }
}
