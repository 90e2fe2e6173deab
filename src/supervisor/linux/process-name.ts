import { libc, ptr } from "./libc.ts";

/** From the headers of Linux. */
const PR_SET_NAME = 15;

/** Sets the name of this process in top, pgrep and killall, of at most 15 characters. */
export function setProcessName(name: string): void {
  libc()?.prctl(PR_SET_NAME, ptr(Buffer.from(`${name}\0`)));
}
