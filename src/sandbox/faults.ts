import { type Static, Type } from "@sinclair/typebox";

/** A way in which an upstream endpoint misbehaves. */
export const Fault = Type.Object(
  {
    /** Milliseconds to wait before anything else. */
    latencyMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000 })),
    /** An HTTP status instead of 200. */
    status: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
    /** Do the work, then reset the connection instead of answering. */
    reset: Type.Optional(Type.Boolean()),
    /** A refusal instead of the work. */
    errcode: Type.Optional(Type.Integer()),
    errmsg: Type.Optional(Type.String()),
    /** This text as the whole answer, instead of the work. */
    body: Type.Optional(Type.String()),
    /** The number of calls that it is for; absent for all until it is cleared. */
    times: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false },
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
