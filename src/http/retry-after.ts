import type { Failure } from "../core/errors.ts";

/** Returns the status and the header of a refusal that a limit made; nothing for others. */
export const retryAfter = ({ detail: { retryAfterSeconds } }: Failure): ResponseInit =>
  retryAfterSeconds === undefined
    ? {}
    : { status: 429, headers: { "Retry-After": String(retryAfterSeconds) } };
