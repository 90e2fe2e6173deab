import type { Log, Milliseconds } from "../core/ports.ts";
import { runDelayMs } from "./linux/run-delay.ts";
import type { Worker } from "./worker.ts";

const INTERVAL_MS = 1000;
/** A worker that does not answer for this long hangs. */
const SILENCE_MS = 5000;
/** A tick that comes later than this says that this process was paused itself. */
const LATE_MS = 1000;

/** A question that a worker has not answered. */
interface Owed {
  since: Milliseconds;
  /** How long the worker had waited for a processor until then, in all its life. */
  runDelay: Milliseconds;
}

type Pinged = Pick<Worker<unknown>, "pid" | "ended" | "ping" | "kill">;

/**
 * Kills workers that no longer answer: stopped ones, and those whose event loop is blocked. The end
 * of such a worker is then a death like any other. SIGKILL works on a stopped process too, and
 * frees the locks of LMDB that it holds.
 */
export class Heartbeat {
  readonly #log;
  readonly #now;
  readonly #runDelay;
  /** The question that each worker owes an answer to; null when it owes none. */
  readonly #owing = new Map<Pinged, Owed | null>();
  #timer: ReturnType<typeof setInterval> | null = null;
  #tickedAt: Milliseconds = 0;

  /**
   * @param now a clock that nobody sets
   * @param runDelay returns how long a process has waited for a processor
   */
  constructor(
    log: Log,
    now: () => Milliseconds = () => performance.now(),
    runDelay: (pid: number) => Milliseconds = runDelayMs,
  ) {
    this.#log = log;
    this.#now = now;
    this.#runDelay = runDelay;
  }

  /** Watches a worker from now on until it has ended. */
  watch(worker: Pinged): void {
    this.#owing.set(worker, null);
    if (this.#timer === null) {
      this.#tickedAt = this.#now();
      this.#timer = setInterval(() => this.tick(), INTERVAL_MS);
    }
    void worker.ended.then(() => this.#owing.delete(worker));
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Kills the workers that have been silent for too long, and asks the others. */
  tick(): void {
    const now = this.#now();
    const pause = now - this.#tickedAt - INTERVAL_MS;
    this.#tickedAt = now;
    // Stopped with its workers, on a suspended machine, or starved of the processor: whatever kept
    // this process kept the others too, or their answers are not read yet.
    const wasPaused = pause > LATE_MS;
    if (wasPaused)
      this.#log.warn(
        { pausedMs: Math.round(pause) },
        "this process was paused; no worker counts as hung for that",
      );
    for (const [worker, owed] of this.#owing) {
      if (owed !== null && !wasPaused && this.#isSilent(worker, owed, now)) {
        this.#log.error(
          { pid: worker.pid, silentMs: Math.round(now - owed.since) },
          "a worker does not answer, and is killed",
        );
        // Told once, even if it waits for a disk that hangs too and does not end.
        this.#owing.delete(worker);
        worker.kill();
        continue;
      }
      if (wasPaused || owed === null)
        this.#owing.set(worker, { since: now, runDelay: this.#runDelay(worker.pid) });
      void worker.ping().then(() => {
        if (this.#owing.has(worker)) this.#owing.set(worker, null);
      });
    }
  }

  /** Waiting for a processor does not count, because on a busy machine a healthy worker waits. */
  #isSilent({ pid }: Pinged, { since, runDelay }: Owed, now: Milliseconds): boolean {
    const silent = now - since;
    return silent > SILENCE_MS && silent - (this.#runDelay(pid) - runDelay) > SILENCE_MS;
  }
}
