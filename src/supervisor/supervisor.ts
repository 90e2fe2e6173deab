import { Turns } from "../core/coordination/turns.ts";
import { StartError } from "../core/errors.ts";
import {
  type KeptLines,
  type LogPortion,
  type LogQuery,
  readPortion,
} from "../core/logs/kept-lines.ts";
import type { Clock, Log } from "../core/ports.ts";
import type { ServerProcesses } from "../core/server-processes.ts";
import { BackOff } from "./back-off.ts";
import { Heartbeat } from "./heartbeat.ts";
import { type LeftLines, LinesOfEnded } from "./left-lines.ts";
import { DeathAtStart, type Worker } from "./worker.ts";
import { describeEnding } from "./worker-process.ts";

/** A draining worker that has not closed its listener within this time is killed. */
const DRAIN_TIMEOUT_MS = 30_000;
/**
 * A worker that does not listen after this time is killed: the disk or the store hangs. The first
 * one is exempt, because it may bring a large store up to date; systemd and control.sh have their
 * own limits for it.
 */
const START_TIMEOUT_MS = 60_000;
/** Workers that die at their start in a row, with no worker serving, before the server gives up. */
const MOST_DEATHS = 8;

/** The places where workers listen, as their settings say. */
export interface Listening {
  host: string;
  /** 0 takes a free port, which all workers share and keep over a reload. */
  port: number;
}

/** The settings that every worker serves, and the number of workers. */
export interface Plan<Settings> extends Listening {
  settings: Settings;
  workers: number;
}

export interface SupervisorOptions<Settings, Started> {
  log: Log;
  /** The lines that this process has logged. */
  kept: KeptLines;
  clock: Clock;
  /** @param isFirst this worker is the first with these settings, and logs their warnings */
  spawn(settings: Settings, address: Listening, isFirst: boolean): Worker<Started>;
  /** Throws a StartError when another program listens there. */
  refuseTakenAddress(address: Listening): Promise<void>;
  portOf(started: Started): number;
  /** Called when every replacement dies; says why. */
  onGivingUp(reason: StartError): void;
}

/** A worker in its place among the others. */
interface WorkerSlot<Started> {
  worker: Worker<Started>;
  address: Listening;
  startedAt: number;
}

/**
 * Keeps workers running: replaces those that die, and all of them, one after another, when there
 * are new settings. Workers share an address (SO_REUSEPORT). A new one listens before an old one
 * closes its listener, and gets all new connections until then.
 */
export class Supervisor<Settings, Started> {
  readonly #options;
  readonly #startedAt;
  readonly #slots: (WorkerSlot<Started> | null)[] = [];
  /** All workers that have not ended, draining ones included. */
  readonly #alive = new Set<Worker<Started>>();
  readonly #backOff = new BackOff();
  readonly #heartbeat;
  #plan: Plan<Settings> | null = null;
  readonly #linesOfEnded = new LinesOfEnded();
  #lastReload: ServerProcesses["lastReload"] = null;
  #isStopping = false;
  /** Changes happen one after another. */
  readonly #turns = new Turns();

  constructor(options: SupervisorOptions<Settings, Started>) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#heartbeat = new Heartbeat(options.log);
  }

  /** The processes that serve now; null before the first one does. */
  get processes(): ServerProcesses | null {
    if (this.#plan === null) return null;
    return {
      supervisor: process.pid,
      startedAt: this.#startedAt,
      configured: this.#plan.workers,
      serving: this.#slots.flatMap((slot) =>
        slot === null ? [] : [{ pid: slot.worker.pid, startedAt: slot.startedAt }],
      ),
      lastReload: this.#lastReload,
    };
  }

  /**
   * Starts the first worker, which makes what a fresh store lacks, then all others at once. Once
   * the first one serves, one that dies is replaced; one that says why it cannot start still ends
   * the start.
   *
   * @returns what each worker that started reported, the first one at the head
   * @throws StartError
   */
  async start(plan: Plan<Settings>): Promise<Started[]> {
    await this.#options.refuseTakenAddress(plan);
    const first = this.#start(plan, true);
    try {
      const started = await first.worker.started;
      const settled = { ...plan, port: this.#options.portOf(started) };
      this.#plan = settled;
      this.#watch({ ...first, address: { host: settled.host, port: settled.port } }, 0);
      const others = Array.from({ length: plan.workers - 1 }, () => this.#start(settled));
      const all = await Promise.all(
        others.map((slot, index) => this.#startBeside(slot, index + 1)),
      );
      return [started, ...all.filter((one) => one !== null)];
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /**
   * Replaces the workers one after another by ones with these settings. Nothing changes when the
   * first of them cannot start.
   *
   * @throws StartError with the reason of the worker that could not start
   */
  reload(plan: Plan<Settings>): Promise<void> {
    return this.#inTurn(() => this.#reload(plan));
  }

  /** Notes how a reload ended. @param failure why it failed, or null */
  noteReload(failure: string | null): void {
    this.#lastReload = { endedAt: this.#options.clock.now(), failure };
  }

  /** Stops all workers, and resolves when they have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const worker of this.#alive) worker.stop();
    while (this.#alive.size > 0) await Promise.all([...this.#alive].map(({ ended }) => ended));
    this.#heartbeat.stop();
  }

  kill(): void {
    for (const worker of this.#alive) worker.kill();
  }

  reopenLogs(): void {
    for (const worker of this.#alive) worker.reopenLog();
  }

  /** Reads the latest lines of all processes, workers that a reload replaced included. */
  async readLog(query: LogQuery): Promise<LogPortion[]> {
    const read = await Promise.all([...this.#alive].map((worker) => worker.readLog(query)));
    const workers = read.filter((portion) => portion !== null);
    const ended = this.#linesOfEnded.all.filter((kept) =>
      workers.every(({ source }) => source !== kept.source),
    );
    return [...workers, ...[this.#options.kept, ...ended].map((kept) => readPortion(kept, query))];
  }

  /** Keeps the lines of a drained worker. */
  keepLines(left: LeftLines): void {
    this.#linesOfEnded.add(left);
  }

  async #reload(wanted: Plan<Settings>): Promise<void> {
    const before = this.#plan;
    if (before === null || this.#isStopping) return;
    let plan = { ...wanted, port: wanted.port === 0 ? before.port : wanted.port };
    const isSameAddress = plan.host === before.host && plan.port === before.port;
    if (!isSameAddress) await this.#options.refuseTakenAddress(plan);
    for (let index = 0; index < wanted.workers; index += 1) {
      if (this.#isStopping) return;
      const slot = this.#start(plan, index === 0);
      plan = { ...plan, port: this.#options.portOf(await this.#startedInTime(slot)) };
      this.#plan = plan;
      const isLast = index === wanted.workers - 1;
      const old = this.#slots.slice(index, isLast ? undefined : index + 1);
      this.#slots.splice(index, old.length, slot);
      this.#watch(slot, index);
      await this.#drain(
        old.filter((one) => one !== null),
        slot,
      );
    }
  }

  /**
   * Drains old workers. Meanwhile the new one, which began to listen last, gets all new
   * connections.
   */
  async #drain(
    old: readonly WorkerSlot<Started>[],
    { worker, address }: WorkerSlot<Started>,
  ): Promise<void> {
    const listening = [...this.#slots, ...old].filter(
      (one) =>
        one !== null && one.address.host === address.host && one.address.port === address.port,
    );
    await worker.steer(listening.length - 1);
    await Promise.all(old.map((one) => this.#drainInTime(one.worker)));
    await worker.steer(null);
  }

  /** Resolves when the worker has closed its listener; it may still have requests in hand. */
  async #drainInTime(worker: Worker<Started>): Promise<void> {
    const { clock, log } = this.#options;
    const isInTime = await Promise.race([
      worker.drain().then(() => true),
      clock.sleep(DRAIN_TIMEOUT_MS).then(() => false),
    ]);
    if (isInTime) return;
    log.error({ pid: worker.pid }, "a draining worker did not close its listener, and is killed");
    worker.kill();
    await worker.ended;
  }

  #start(plan: Plan<Settings>, isFirst = false): WorkerSlot<Started> {
    const { spawn, clock } = this.#options;
    const address = { host: plan.host, port: plan.port };
    const worker = spawn(plan.settings, address, isFirst);
    this.#alive.add(worker);
    void worker.ended.then(() => this.#alive.delete(worker));
    return { worker, address, startedAt: clock.now() };
  }

  /** Waits until a worker has started, or puts another one in its place when it dies. */
  async #startBeside(slot: WorkerSlot<Started>, index: number): Promise<Started | null> {
    try {
      const started = await this.#startedInTime(slot);
      this.#watch(slot, index);
      return started;
    } catch (error) {
      if (!(error instanceof DeathAtStart)) throw error;
      this.#options.log.error({ pid: slot.worker.pid, err: error }, "a worker could not start");
      this.#slots[index] = null;
      void this.#replace(index, slot.startedAt);
      return null;
    }
  }

  async #startedInTime({ worker }: WorkerSlot<Started>): Promise<Started> {
    const timer = setTimeout(() => {
      this.#options.log.error({ pid: worker.pid }, "a worker did not start in time, and is killed");
      worker.kill();
    }, START_TIMEOUT_MS);
    try {
      return await worker.started;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Puts a worker in its place, and replaces it there when it dies or hangs. */
  #watch(slot: WorkerSlot<Started>, index: number): void {
    this.#slots[index] = slot;
    this.#heartbeat.watch(slot.worker);
    void slot.worker.ended.then((ending) => {
      // A drained worker lost its place before it ended.
      if (this.#isStopping || this.#slots[index] !== slot) return;
      this.#options.log.error(
        { pid: slot.worker.pid, ...ending },
        `a worker died (${describeEnding(ending)}); another one is started in its place`,
      );
      this.#slots[index] = null;
      void this.#replace(index, slot.startedAt);
    });
  }

  async #replace(index: number, startedAt: number): Promise<void> {
    const { clock, log, onGivingUp } = this.#options;
    const pause = this.#backOff.pauseAfter(clock.now() - startedAt);
    if (this.#backOff.deaths >= MOST_DEATHS && this.#slots.every((slot) => slot === null))
      return onGivingUp(
        new StartError(
          `no worker is left: ${this.#backOff.deaths} died in a row at their start; the log says why`,
        ),
      );
    if (pause > 0) await clock.sleep(pause);
    await this.#inTurn(async () => {
      const plan = this.#plan;
      // A reload may have filled the place, or removed it.
      if (plan === null || this.#isStopping || this.#slots[index] !== null) return;
      const slot = this.#start(plan);
      try {
        await this.#startedInTime(slot);
        this.#watch(slot, index);
        log.info({ pid: slot.worker.pid }, "a worker replaced one that died");
      } catch (err) {
        log.error({ err }, "a worker could not start");
        void this.#replace(index, slot.startedAt);
      }
    });
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    return this.#turns.take("change", run);
  }
}
