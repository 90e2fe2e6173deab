import { runCommand } from "../harness/command.ts";
import { isRunning } from "../harness/processes.ts";
import { type Production, startProduction } from "../harness/production.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";
import type { Part, Rounds } from "./part.ts";
import { Seeded } from "./seeded.ts";
import { Writes } from "./writes.ts";

/** The figures of the rounds. */
export interface KillStatistics {
  rounds: number;
  /** Number of writes that were acknowledged. */
  acknowledged: number;
  /** Number of successful checks of such writes after a kill. */
  verified: number;
}

/** Longest time between the first answer and the kill, in milliseconds. */
const LONGEST_LIFE = 150;
/** Approximate duration of a start, in milliseconds: a kill within it may hit any step. */
const START = 120;
/** Number of earlier writes that a round checks again; the last round checks all. */
const SAMPLE = 100;
/** Rounds between two runs of `store check`, which takes as long as a start. */
const CHECK_EVERY = 2;
/** A process that was killed is gone within milliseconds, unless the machine is very busy. */
const PATIENCE_MS = 20_000;

/** The victims, one a round. */
const VICTIMS = ["the process", "a start", "a first start", "a worker", "the supervisor"] as const;

/**
 * Runs rounds: a server under load (logins, checks, revocations, changes by REST) is killed by
 * SIGKILL at a random moment, or one of its workers, or its supervisor, or a process that starts.
 * The next server on the data must have every write that was acknowledged, and `store check` must
 * find nothing.
 *
 * @throws Error when a write is lost, the store does not open, or the check finds something
 */
export async function killRounds({ rounds, seed, report }: Rounds): Promise<KillStatistics> {
  const random = new Seeded(seed);
  await using production = await startProduction();
  await production.waferd.stop();
  const { dataDir } = production.waferd;
  const writes = new Writes(production, random);
  let verified = 0;
  let victim = await start(production, 1);
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const kind = VICTIMS[(round - 1) % VICTIMS.length] as (typeof VICTIMS)[number];
      const load = writes.to(victim);
      const before = writes.acknowledged;
      await until(() => writes.acknowledged > before, PATIENCE_MS);
      await Bun.sleep(random.fraction() * LONGEST_LIFE);
      if (kind === "a worker") await killWorker(victim, random);
      load.expectSilence();
      const workers = victim.workers;
      victim.signal("SIGKILL");
      await victim.exited();
      await load.ended();
      await until(() => !workers.some(isRunning), PATIENCE_MS);
      if (kind === "a start")
        await Waferd.killWhileStarting(dataDir, random.fraction() * START, workersOf(round));
      if (kind === "a first start") await dieAtFirst(random);
      const next = VICTIMS[round % VICTIMS.length];
      await using fallen = victim;
      victim = await start(production, next === "a worker" || next === "the supervisor" ? 2 : 1);
      const isLast = round === rounds;
      const [checked, lost] = await Promise.all([
        isLast || round % CHECK_EVERY === 0
          ? runCommand(["store", "check", "--data-dir", dataDir])
          : null,
        writes.lost(victim, isLast ? Number.POSITIVE_INFINITY : SAMPLE),
      ]);
      const place = `round ${round}, ${kind} (process ${fallen.pid}) was killed`;
      if (lost.missing.length > 0)
        throw new Error(`${place}: of ${writes.acknowledged} writes ${lost.missing.join("; ")}`);
      if (checked !== null && checked.status !== 0)
        throw new Error(`${place}: store check: ${checked.stdout}${checked.stderr}`);
      verified += lost.checked;
      report(round);
    }
  } finally {
    await victim[Symbol.asyncDispose]();
  }
  return { rounds, acknowledged: writes.acknowledged, verified };
}

const workersOf = (round: number): string[] => ["--workers", round % 2 === 0 ? "1" : "2"];

const start = ({ waferd, sandbox }: Production, workers: number): Promise<Waferd> =>
  Waferd.start({
    dataDir: waferd.dataDir,
    environment: { WAFERD_WECHAT_API_BASE: sandbox.apiBase, WAFERD_WORKERS: String(workers) },
  });

/** Kills one worker under load, and waits until another serves in its place. */
async function killWorker(server: Waferd, random: Seeded): Promise<void> {
  const before = server.workers;
  const worker = random.pick(before);
  process.kill(worker, "SIGKILL");
  await until(
    () => server.workers.filter((pid) => pid !== worker).length === before.length,
    PATIENCE_MS,
  );
}

/** Kills the first start on an empty folder, which the next start must take. */
async function dieAtFirst(random: Seeded): Promise<void> {
  using folder = tempFolder();
  await Waferd.killWhileStarting(folder.path, random.fraction() * START);
  await using second = await Waferd.start({ dataDir: folder.path });
  const answer = await second.call("qcloud.cam.auth", { id: "unknown", skey: "nothing" });
  if (answer.returnCode !== 1012)
    throw new Error(`after a first start that was killed: ${answer.returnCode}`);
}

export const KILLS: Part = {
  name: "kill",
  rounds: 500,
  async run(options) {
    const { rounds, acknowledged, verified } = await killRounds(options);
    return `${rounds} rounds of kill -9, ${acknowledged} writes acknowledged, ${verified} checks after a kill, none lost, store check clean`;
  },
};
