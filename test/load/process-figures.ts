import { readFileSync } from "node:fs";
import type { Server } from "./servers.ts";

/** A process's memory, in bytes. */
export interface Memory {
  /** RssAnon: memory that is neither shared nor backed by a file. */
  own: number;
  /** VmRSS: also the resident pages of the executable and of the embedded store's file. */
  resident: number;
}

/** Returns the memory of a process. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (name: string): number =>
    1024 * Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1]);
  return { own: bytes("RssAnon"), resident: bytes("VmRSS") };
}

/** Returns the processor time of all threads of a process so far, in seconds. */
export function processorSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const LOOK_INTERVAL_MS = 250;

/** Watches the memory of servers' workers until the end of its scope. */
export class MemoryWatch implements Disposable {
  readonly #most = new Map<number, Memory>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(servers: readonly Server[]) {
    this.#timer = setInterval(() => {
      for (const pid of servers.flatMap(({ workers }) => workers)) this.#look(pid);
    }, LOOK_INTERVAL_MS);
  }

  #look(pid: number): void {
    const now = memoryOf(pid);
    const most = this.#most.get(pid) ?? now;
    this.#most.set(pid, {
      own: Math.max(most.own, now.own),
      resident: Math.max(most.resident, now.resident),
    });
  }

  /** Returns the largest memory that any worker of a server has had. */
  most({ workers }: Server): Memory {
    return greatest(workers.map((pid) => this.#most.get(pid) ?? memoryOf(pid)));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** Returns the maximum of each figure. */
export const greatest = (memories: readonly Memory[]): Memory => ({
  own: Math.max(...memories.map(({ own }) => own)),
  resident: Math.max(...memories.map(({ resident }) => resident)),
});
