import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import type { Clock, Log, Milliseconds } from "../core/ports.ts";
import type { AcceptSwitch } from "../supervisor/linux/listeners.ts";

const INTERVAL: Milliseconds = 1000;
const LOG_INTERVAL: Milliseconds = 60_000;
/** The file descriptors that are kept for calls to WeChat, the store, the log and workers. */
const RESERVE = 16;

export interface DescriptorWatchDeps {
  /** Closes the connections that wait for their next request, and returns their number. */
  closeIdleConnections(): number;
  accepting: AcceptSwitch;
  clock: Pick<Clock, "now">;
  log: Log;
  /** Whether so many more file descriptors can be opened. */
  canOpen(count: number): boolean;
}

/**
 * Sees to it that a process does not run out of file descriptors: while few are left, idle
 * connections are closed and new ones wait in the kernel's queue. Says so at most once a minute.
 */
export class DescriptorWatch {
  readonly #deps;
  #isPaused = false;
  #closed = 0;
  #loggedAt: Milliseconds | null = null;

  constructor(deps: DescriptorWatchDeps) {
    this.#deps = deps;
  }

  /** Looks how many are left, and does what is needed. */
  check(): void {
    const { closeIdleConnections, accepting, canOpen, log } = this.#deps;
    if (canOpen(RESERVE)) {
      if (this.#isPaused) this.resume();
      return;
    }
    this.#closed += closeIdleConnections();
    if (!this.#isPaused && !canOpen(RESERVE) && canOpen(1)) this.#isPaused = accepting.pause();
    const now = this.#deps.clock.now();
    if (this.#loggedAt !== null && Math.abs(now - this.#loggedAt) < LOG_INTERVAL) return;
    log.warn(
      { closedConnections: this.#closed, areNewOnesWaiting: this.#isPaused },
      "nearly all file descriptors are in use: idle connections are closed, and new ones wait; raise the limit of open files (LimitNOFILE, ulimit -n)",
    );
    this.#closed = 0;
    this.#loggedAt = now;
  }

  /** Accepts connections again. */
  resume(): void {
    this.#deps.accepting.resume();
    this.#isPaused = false;
  }
}

/**
 * Starts a watch.
 *
 * @returns the function that ends it
 */
export function watchDescriptors(deps: Omit<DescriptorWatchDeps, "canOpen">): () => void {
  const spare = new SpareDescriptor();
  spare.hold();
  const watch = new DescriptorWatch({ ...deps, canOpen });
  const timer = setInterval(() => {
    spare.release();
    watch.check();
    spare.hold();
  }, INTERVAL);
  timer.unref();
  return () => {
    clearInterval(timer);
    spare.release();
    watch.resume();
  };
}

/** A file descriptor for the moment in which none is left otherwise: pausing needs one. */
class SpareDescriptor {
  #fd: number | null = null;

  hold(): void {
    try {
      this.#fd ??= openSync(devNull, "r");
    } catch {
      // None is left; the next check tries again.
    }
  }

  release(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}

function canOpen(count: number): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < count) opened.push(openSync(devNull, "r"));
    return true;
  } catch {
    return false;
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}
