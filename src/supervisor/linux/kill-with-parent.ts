import { libc, type ptr } from "./libc.ts";

// From the headers of Linux.
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/**
 * Makes the kernel kill this process when the one that started it has ended, however that ended.
 * Otherwise a stopped or blocked process would stay, and keep its port and its locks.
 */
export function killWithParent(): void {
  libc()?.prctl(PR_SET_PDEATHSIG, SIGKILL as unknown as ReturnType<typeof ptr>);
}
