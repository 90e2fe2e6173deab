import { randomBytes } from "node:crypto";

/**
 * Makes ids for requests: short, unique across processes and restarts, cheap. Ours alone: an id
 * from a client could forge a log line.
 */
export function createRequestIds(): () => string {
  const prefix = randomBytes(6).toString("hex");
  let count = 0;
  let stem = "";
  return () => {
    // A request waits for its id: only one in 1296 puts more than two texts together.
    const end = count % ENDS.length;
    if (end === 0) stem = `${prefix}-${Math.floor(count / ENDS.length).toString(36)}`;
    count += 1;
    return stem + ENDS[end];
  };
}

/** 00 to zz. */
const ENDS = Array.from({ length: 36 ** 2 }, (_, index) => index.toString(36).padStart(2, "0"));
