import { randomBytes } from "node:crypto";

/**
 * Makes ids for requests: short, unique across processes and restarts, cheap. Ours alone: an id from a client could
 * forge a log line.
 */
export function createRequestIds(): () => string {
  const prefix = randomBytes(6).toString("hex");
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
