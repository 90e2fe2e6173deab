import { StartError } from "../core/errors.ts";
import type { Clock, Log } from "../core/ports.ts";
import type { ServerProcesses } from "../core/server-processes.ts";
import { BackOff } from "./back-off.ts";
import type { Worker } from "./worker.ts";
import { describeEnding } from "./worker-process.ts";

/** A worker that does not leave within this time, once it was told to, is killed. */
const LEAVE_MS = 30_000;
/** Deaths at the start, one after the other with nobody serving, after which no more is tried. */
const MOST_DEATHS = 8;

/** Where workers listen, as their settings say. */
export interface Listening {
  host: string;
  /** 0 takes a free one, which all workers have, and keep over a reload. */
  port: number;
}

/** What every worker serves, and how many there are. */
export interface Plan<Settings> extends Listening {
  settings: Settings;
  workers: number;
}

export interface SupervisorOptions<Settings, Started> {
  log: Log;
  clock: Clock;
  /** @param isFirst no other worker has these settings yet: what there is to say of them, this one says */
  spawn(settings: Settings, address: Listening, isFirst: boolean): Worker<Started>;
  /** Throws a StartError when somebody else listens there. */
  refuseTakenAddress(address: Listening): Promise<void>;
  portOf(started: Started): number;
  /** Called when workers die and nothing helps; says why. */
  onGivingUp(reason: StartError): void;
}

/** A worker in its place. */
interface Post<Started> {
  worker: Worker<Started>;
  address: Listening;
  startedAt: number;
}

/**
 * Keeps workers at work: replaces those that die, and all of them, one after another, when there are new settings. They
 * share an address (SO_REUSEPORT); a new one listens before an old one leaves, and gets all new connections until then.
 */
export class Supervisor<Settings, Started> {
  readonly #options;
  readonly #startedAt;
  readonly #posts: (Post<Started> | null)[] = [];
  /** All that have not ended, those that are leaving among them. */
  readonly #alive = new Set<Worker<Started>>();
  readonly #backOff = new BackOff();
  #plan: Plan<Settings> | null = null;
  #isStopping = false;
  /** Changes happen one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: SupervisorOptions<Settings, Started>) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  /** Who serves at the moment; null before anybody does. */
  get crew(): ServerProcesses | null {
    if (this.#plan === null) return null;
    return {
      supervisor: process.pid,
      startedAt: this.#startedAt,
      configured: this.#plan.workers,
      serving: this.#posts.flatMap((post) =>
        post === null ? [] : [{ pid: post.worker.pid, startedAt: post.startedAt }],
      ),
    };
  }

  /**
   * Starts the first worker, which makes what a fresh store lacks, and then all others at once.
   *
   * @returns what each told of itself
   * @throws StartError
   */
  async start(plan: Plan<Settings>): Promise<Started[]> {
    await this.#options.refuseTakenAddress(plan);
    const first = this.#hire(plan, true);
    try {
      const started = await first.worker.started;
      const settled = { ...plan, port: this.#options.portOf(started) };
      this.#plan = settled;
      this.#guard({ ...first, address: { host: settled.host, port: settled.port } }, 0);
      const others = Array.from({ length: plan.workers - 1 }, () => this.#hire(settled));
      const all = await Promise.all(others.map(({ worker }) => worker.started));
      for (const [index, post] of others.entries()) this.#guard(post, index + 1);
      return [started, ...all];
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /**
   * Replaces the workers one after another by ones with these settings. When the first cannot start, nothing has changed.
   *
   * @throws StartError why not
   */
  reload(plan: Plan<Settings>): Promise<void> {
    return this.#inTurn(() => this.#reload(plan));
  }

  /** Has all workers finish, and waits for them. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const worker of this.#alive) worker.stop();
    while (this.#alive.size > 0) await Promise.all([...this.#alive].map(({ ended }) => ended));
  }

  kill(): void {
    for (const worker of this.#alive) worker.kill();
  }

  reopenLogs(): void {
    for (const worker of this.#alive) worker.reopenLog();
  }

  async #reload(wanted: Plan<Settings>): Promise<void> {
    const before = this.#plan;
    if (before === null || this.#isStopping) return;
    let plan = { ...wanted, port: wanted.port === 0 ? before.port : wanted.port };
    const isSameAddress = plan.host === before.host && plan.port === before.port;
    if (!isSameAddress) await this.#options.refuseTakenAddress(plan);
    for (let index = 0; index < wanted.workers; index += 1) {
      const post = this.#hire(plan, index === 0);
      plan = { ...plan, port: this.#options.portOf(await post.worker.started) };
      this.#plan = plan;
      const isLast = index === wanted.workers - 1;
      const leaving = this.#posts.slice(index, isLast ? undefined : index + 1);
      this.#posts.splice(index, leaving.length, post);
      this.#guard(post, index);
      await this.#relieve(
        post,
        leaving.filter((old) => old !== null),
      );
    }
  }

  /** Has the old ones leave; meanwhile the new one, which began to listen last, gets the new connections. */
  async #relieve(post: Post<Started>, leaving: readonly Post<Started>[]): Promise<void> {
    const { worker, address } = post;
    const listening = [...this.#posts, ...leaving].filter(
      (one) =>
        one !== null && one.address.host === address.host && one.address.port === address.port,
    );
    await worker.steer(listening.length - 1);
    await Promise.all(leaving.map((old) => this.#dismiss(old.worker)));
    await worker.steer(null);
  }

  /** Resolves when it listens no longer; it may still have requests in hand. */
  async #dismiss(worker: Worker<Started>): Promise<void> {
    const { clock, log } = this.#options;
    const inTime = await Promise.race([
      worker.retire().then(() => true),
      clock.sleep(LEAVE_MS).then(() => false),
    ]);
    if (inTime) return;
    log.error({ pid: worker.pid }, "a worker does not leave, and is killed");
    worker.kill();
    await worker.ended;
  }

  #hire(plan: Plan<Settings>, isFirst = false): Post<Started> {
    const { spawn, clock } = this.#options;
    const address = { host: plan.host, port: plan.port };
    const worker = spawn(plan.settings, address, isFirst);
    this.#alive.add(worker);
    void worker.ended.then(() => this.#alive.delete(worker));
    return { worker, address, startedAt: clock.now() };
  }

  /** Sees to it that the worker at this place has a successor when it dies. */
  #guard(post: Post<Started>, index: number): void {
    this.#posts[index] = post;
    void post.worker.ended.then((ending) => {
      // One that was told to leave has lost its place before.
      if (this.#isStopping || this.#posts[index] !== post) return;
      this.#options.log.error(
        { pid: post.worker.pid, ...ending },
        `a worker died (${describeEnding(ending)}); another takes its place`,
      );
      this.#posts[index] = null;
      void this.#replace(index, post.startedAt);
    });
  }

  async #replace(index: number, startedAt: number): Promise<void> {
    const { clock, log, onGivingUp } = this.#options;
    const pause = this.#backOff.pauseAfter(clock.now() - startedAt);
    if (this.#backOff.deaths >= MOST_DEATHS && this.#posts.every((post) => post === null))
      return onGivingUp(
        new StartError(
          `no worker lives: ${this.#backOff.deaths} died one after the other at their start; the log says how`,
        ),
      );
    if (pause > 0) await clock.sleep(pause);
    await this.#inTurn(async () => {
      const plan = this.#plan;
      // A reload may have filled the place, or done away with it.
      if (plan === null || this.#isStopping || this.#posts[index] !== null) return;
      const post = this.#hire(plan);
      try {
        await post.worker.started;
        this.#guard(post, index);
        log.info({ pid: post.worker.pid }, "a worker took the place of one that died");
      } catch (err) {
        log.error({ err }, "a worker could not start");
        void this.#replace(index, post.startedAt);
      }
    });
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(run);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
