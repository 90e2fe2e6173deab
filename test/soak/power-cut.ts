import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../harness/command.ts";
import { type Production, startProduction } from "../harness/production.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";
import { type DiskRecording, type DiskWrite, readRecording, recorder } from "./disk-recording.ts";
import type { Part, Rounds } from "./part.ts";
import { Seeded } from "./seeded.ts";
import { EARLIER, type IsAcknowledged, Writes } from "./writes.ts";

const FILE = "data.mdb";
const KEYS = ["master.key", "admin.key"] as const;
/** States that are made from one recording. The next one begins on one of them. */
const STATES_A_RECORDING = 25;
/** Writes that a recording waits for. */
const WRITES = 80;
const PATIENCE_MS = 60_000;

const SECTOR = 512;
const PAGE = 4096;
/** Both meta pages, which LMDB overwrites in turn. */
const META_BYTES = 2 * PAGE;
/** Where LMDB's three meta records keep the id of the boot in which they were written. */
const BOOT_IDS = [160, PAGE / 2 + 160, PAGE + 160];

/**
 * Which of the unflushed writes the disk has. A unit is what the disk writes at once: of each, it
 * has the content as of any moment since the last flush.
 */
const FATES = {
  "nothing unflushed": { unit: PAGE, has: () => 0 },
  "everything unflushed": { unit: PAGE, has: () => 1 },
  "meta pages only": { unit: PAGE, has: (at: number) => (at < META_BYTES ? 1 : 0) },
  "no meta page": { unit: PAGE, has: (at: number) => (at < META_BYTES ? 0 : 1) },
  "any pages": { unit: PAGE, has: (_at: number, random: Seeded) => random.fraction() },
  "any sectors": { unit: SECTOR, has: (_at: number, random: Seeded) => random.fraction() },
} as const;
type Fate = keyof typeof FATES;

/**
 * Returns the file as a power cut leaves it.
 *
 * @param base the file at the begin of the recording
 * @param at the moment of the cut
 */
export function cutPower(
  base: Buffer,
  { writes, flushes }: Pick<DiskRecording, "writes" | "flushes">,
  at: number,
  fate: Fate,
  random: Seeded,
): Buffer {
  const begun = writes.filter(({ begunAt }) => begunAt < at);
  const flushed = Math.max(
    -1,
    ...flushes.filter(({ endedAt }) => endedAt < at).map(({ begunAt }) => begunAt),
  );
  const isDurable = ({ isSynchronous, endedAt }: DiskWrite): boolean =>
    endedAt < flushed || (isSynchronous && endedAt < at);
  const { unit, has } = FATES[fate];
  const ofUnit = new Map<number, { all: DiskWrite[]; durable: number }>();
  for (const write of begun) {
    const last = write.offset + write.bytes.length - 1;
    for (let place = write.offset - (write.offset % unit); place <= last; place += unit) {
      const found = ofUnit.get(place) ?? { all: [], durable: 0 };
      ofUnit.set(place, found);
      found.all.push(write);
      if (isDurable(write)) found.durable = found.all.length;
    }
  }
  const parts: { place: number; write: DiskWrite }[] = [];
  let size = base.length;
  for (const [place, { all, durable }] of ofUnit) {
    const pending = all.length - durable;
    const count = durable + Math.round(has(place, random) * pending);
    for (const write of all.slice(0, count)) {
      parts.push({ place, write });
      size = Math.max(size, Math.min(place + unit, write.offset + write.bytes.length));
    }
  }
  const file = Buffer.alloc(size);
  base.copy(file);
  for (const { place, write } of parts) {
    const from = Math.max(place, write.offset);
    const to = Math.min(place + unit, write.offset + write.bytes.length);
    write.bytes.copy(file, from, from - write.offset, to - write.offset);
  }
  return file;
}

/** LMDB believes what was not flushed as long as the machine has not booted. */
function bootAgain(file: Buffer): void {
  for (const at of BOOT_IDS)
    if (file.length >= at + 8 && file.readBigInt64LE(at) !== 0n)
      file.writeBigInt64LE(file.readBigInt64LE(at) ^ 0x5a5a5a5an, at);
}

/** Chooses a moment: any, or right after an answer, a flush or a write of the file. */
function momentIn({ writes, flushes, answers, end }: DiskRecording, random: Seeded): number {
  const moments = [...answers.values()];
  const near = random.pick([
    writes.map(({ begunAt }) => begunAt),
    flushes.map(({ endedAt }) => endedAt).filter(Number.isFinite),
    moments,
    [random.below(end)],
  ]);
  return near.length === 0 ? random.below(end) : random.pick(near) + 1;
}

/**
 * Records everything that a server under load writes to the disk and answers, and makes states of
 * the file from it, as a power cut could leave them. A server must start on each, have every write
 * that was answered before the cut, and show nothing half; `store check` must find nothing.
 *
 * @throws Error that names the folder in which the state is kept
 */
export async function powerCuts({ rounds, seed, report }: Rounds): Promise<string> {
  const random = new Seeded(seed);
  using folder = tempFolder();
  const dataDir = join(folder.path, "data");
  const trace = join(folder.path, "trace");
  // The first recording contains the first start.
  await using production = await startProduction({ dataDir, through: recorder(trace) });
  const writes = new Writes(production, random);
  const figures = { recordings: 0, writes: 0, answered: 0, verified: 0, empty: 0 };
  let base: Buffer = Buffer.alloc(0);
  for (let state = 1; state <= rounds; ) {
    const recording = await record(production, writes, figures.recordings === 0, trace);
    figures.recordings += 1;
    figures.writes += recording.writes.length;
    const isSent: (moment: number) => IsAcknowledged =
      (moment) =>
      ({ requestId }) =>
        requestId === EARLIER ||
        (recording.answers.get(requestId ?? "") ?? Number.POSITIVE_INFINITY) < moment;
    let next: { file: Buffer; moment: number } | null = null;
    for (let nth = 0; nth < STATES_A_RECORDING && state <= rounds; nth += 1, state += 1) {
      const fate = random.pick(Object.keys(FATES) as Fate[]);
      const moment = momentIn(recording, random);
      const file = cutPower(base, recording, moment, fate, random);
      bootAgain(file);
      const place = `state ${state}: ${fate}, at line ${moment} of ${recording.end}`;
      const copy = join(folder.path, "state");
      restore(dataDir, copy, file, random.chance(0.5));
      try {
        const verified = await look(copy, production, writes, isSent(moment));
        if (verified === null) figures.empty += 1;
        else {
          figures.verified += verified;
          next = { file, moment };
        }
      } catch (cause) {
        const kept = join(tmpdir(), `waferd-power-cut-${seed}-${state}`);
        restore(dataDir, kept, file, false);
        throw new Error(`${place}, kept in ${kept}: ${(cause as Error).message}`, { cause });
      }
      report(state);
    }
    if (next === null) throw new Error("no state of the recording has an app");
    writes.settle(isSent(next.moment));
    base = next.file;
    restore(dataDir, dataDir, base, false);
  }
  return `${rounds} states of power cuts, from ${figures.recordings} recordings with ${figures.writes} writes to the file and ${writes.acknowledged} acknowledged to clients, ${figures.verified} checks after a cut, none lost, store check clean, ${figures.empty} states before the first app`;
}

/** Runs a server under load until it has written enough, kills it, and returns what it did. */
async function record(
  { waferd, sandbox }: Production,
  writes: Writes,
  isFirst: boolean,
  trace: string,
): Promise<DiskRecording> {
  const { dataDir } = waferd;
  const server = isFirst
    ? waferd
    : await Waferd.start({
        dataDir,
        environment: { WAFERD_WECHAT_API_BASE: sandbox.apiBase },
        through: recorder(trace),
      });
  await using _server = server;
  const before = writes.acknowledged;
  const load = writes.to(server);
  await until(() => writes.acknowledged >= before + WRITES, PATIENCE_MS);
  load.expectSilence();
  server.signal("SIGKILL");
  await server.exited();
  await load.ended();
  return readRecording(trace, join(dataDir, FILE));
}

/** Makes a data folder with this file, and with the keys of another. */
function restore(from: string, to: string, file: Buffer, withLock: boolean): void {
  if (from !== to) rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const name of withLock ? [...KEYS, "lock.mdb"] : KEYS)
    if (from !== to && existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
  writeFileSync(join(to, FILE), file, { mode: 0o600 });
}

/**
 * Starts a server on a state and checks everything.
 *
 * @returns the number of checks; null for a state in which nothing was acknowledged
 */
async function look(
  dataDir: string,
  { sandbox }: Production,
  writes: Writes,
  isAcknowledged: IsAcknowledged,
): Promise<number | null> {
  const isEmpty = !writes.some(isAcknowledged);
  const starting = Waferd.start({
    dataDir,
    environment: { WAFERD_WECHAT_API_BASE: sandbox.apiBase },
  });
  if (isEmpty) {
    const refusal = await starting.then(
      (server) => server.stop().then(() => null),
      (error: Error) => error.message,
    );
    if (refusal !== null && (/\n\s+at /.test(refusal) || !/ended with 1:\n.{20}/s.test(refusal)))
      throw new Error(`a start on nothing: ${refusal}`);
    return null;
  }
  await using server = await starting;
  const [lost, strangers, check] = await Promise.all([
    writes.lost(server, Number.POSITIVE_INFINITY, isAcknowledged),
    writes.strangers(server),
    runCommand(["store", "check", "--data-dir", dataDir]),
  ]);
  const wrong = [...lost.missing, ...strangers];
  if (check.status !== 0) wrong.push(`store check: ${check.stdout}${check.stderr}`);
  if (wrong.length > 0) throw new Error(wrong.join("; "));
  return lost.checked;
}

export const POWER_CUTS: Part = { name: "power-cut", rounds: 200, run: powerCuts };
