import { libc, ptr } from "./libc.ts";

/** From Linux' headers. */
const PR_SET_NAME = 15;

/** Gives this process the name under which top, pgrep and killall know it, of 15 characters at most. */
export function setProcessName(name: string): void {
  libc()?.prctl(PR_SET_NAME, ptr(Buffer.from(`${name}\0`)));
}
