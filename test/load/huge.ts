/** `npm run bench -- --huge`: ten million sessions on the embedded store, beside ten thousand. */
import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { clock, random } from "../../src/main/ports.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { startOften } from "./bench.ts";
import { FilledStore } from "./filled-store.ts";
import { atLeast, below, type Goal } from "./goals.ts";
import { Requests } from "./kinds.ts";
import { startWaferd } from "./servers.ts";
import { APP } from "./stored-sessions.ts";
import { measureSweep, type SweepFigures } from "./sweep.ts";
import { micros, ms, rough, table, whole } from "./table.ts";
import { checks, drawnChecks } from "./traffic.ts";
import {
  processorOf,
  rateOf,
  ratioOf,
  type Subject,
  type Turn,
  type TurnsOptions,
  takeTurns,
} from "./turns.ts";
import { DEFAULT_CONCURRENCY, median, type Traffic } from "./wrk.ts";

export interface HugeOptions extends Omit<TurnsOptions, "onTurn"> {
  /** Numbers of stored sessions. */
  small: number;
  large: number;
  /** The most seconds for filling a store. */
  fillSeconds: number;
  starts: number;
  /** Number of expired sessions to sweep. */
  expired: number;
  sweepSeconds: number;
  /** See RatesOptions. */
  warm: boolean;
  report(progress: string): void;
}

/** The kinds of requests, each with the part of the smaller store's rate that is to be kept. */
const KINDS = [
  ["verify, drawn from all", 0.7],
  ["verify, of up to 100 000", 0.9],
  ["login", 0.7],
] as const;
const LONGEST_HOLD_UP_MS = 50;
const START_UP_MS = 300;

/** Bytes a session that the larger store may take, with those that are swept. */
const ROOM = 700;

/** The figures of a store. */
interface Size {
  sessions: number;
  fillSeconds: number;
  bytes: number;
  starts: readonly number[];
  /** In the order of KINDS. */
  turns: readonly (readonly Turn[])[];
}

export interface HugeFigures {
  small: Size;
  large: Size;
  sweep: SweepFigures;
}

/** @throws Error when the disk has not enough room, or filling takes too long */
export async function measureHuge(options: HugeOptions): Promise<HugeFigures> {
  requireRoom(options.large * ROOM);
  await using scope = new AsyncDisposableStack();
  const filled: { store: FilledStore; fillSeconds: number; starts: number[]; bytes: number }[] = [];
  for (const sessions of [options.small, options.large]) {
    options.report(`filling with ${sessions} sessions, sorted by key`);
    const from = performance.now();
    const fill = { sorted: true, atMostSeconds: options.fillSeconds };
    const store = scope.use(await FilledStore.make("lmdb", sessions, fill));
    const fillSeconds = (performance.now() - from) / 1000;
    options.report(`${store.sessions} sessions in ${Math.round(fillSeconds)} s`);
    const bytes = (await store.room()).used;
    filled.push({ store, fillSeconds, bytes, starts: await startOften(store, options.starts) });
  }
  const turns = await takeAll(
    filled.map(({ store }) => store),
    options,
  );
  const [small, large] = filled.map(({ store, ...size }, index) => ({
    ...{ ...size, sessions: store.sessions },
    turns: turns[index] ?? [],
  }));
  const last = filled.at(-1)?.store;
  if (small === undefined || large === undefined || last === undefined)
    throw new Error("no store was filled");
  options.report("sweeping");
  const sweep = await measureSweep(last, {
    ...{ expired: options.expired, seconds: options.sweepSeconds },
    warm: options.warm,
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
  });
  return { small, large, sweep };
}

function requireRoom(bytes: number): void {
  const { bavail, bsize } = statfsSync(tmpdir());
  const free = bavail * bsize;
  const gib = (count: number): string => (count / 2 ** 30).toFixed(1);
  if (free < bytes)
    throw new Error(
      `${tmpdir()} has ${gib(free)} GiB free and needs ${gib(bytes)}: ${gib(bytes - free)} are missing`,
    );
}

/** @returns for each store, the turns of each kind */
async function takeAll(
  stores: readonly FilledStore[],
  options: HugeOptions,
): Promise<(readonly Turn[])[][]> {
  await using scope = new AsyncDisposableStack();
  const sandbox = await startSandbox({ clock, random });
  scope.defer(() => sandbox.stop());
  sandbox.world.apps.set(APP.appid, APP.secret);
  const requests = new Requests(sandbox);
  const subjects: Subject[][] = [];
  for (const store of stores) {
    const server = scope.use(await startWaferd(store.place, { apiBase: sandbox.apiBase }));
    const traffic: ((seconds: number) => Traffic | Promise<Traffic>)[] = [
      () => drawnChecks(store),
      () => checks(store),
      (seconds) => requests.make("login", store, seconds),
    ];
    // The first access to a page of a large store is slower.
    const warming = store.sessions > 100_000 ? 4 : 1;
    subjects.push(
      traffic.map((make) => ({
        ...{ server, traffic: make },
        ...(options.warm ? { warming } : { warming: 0, look: true }),
      })),
    );
  }
  // The stores take turns with the same kind of request.
  const inTurn = KINDS.flatMap((_, kind) => subjects.flatMap((of) => of[kind] ?? []));
  const turns = await takeTurns(inTurn, {
    ...options,
    onTurn: (subject, round) =>
      options.report(`round ${round}: ${KINDS[inTurn.indexOf(subject) >> 1]?.[0]}`),
  });
  return subjects.map((of) => of.map((subject) => turns.get(subject) ?? []));
}

/** Returns the figures as tables in Markdown. */
export function reportHuge({ small, large, sweep }: HugeFigures): string {
  const sizes = [small, large];
  const stores = table(
    ["sessions", "filled in s", "bytes a session", "start to ready, ms"],
    sizes.map(({ sessions, fillSeconds, bytes, starts }) => [
      ...[whole(sessions), whole(fillSeconds), whole(bytes), whole(median(starts))],
    ]),
  );
  const rates = table(
    ["request", "sessions", "a second", "processor, µs", "p99, ms", "of the smaller store"],
    KINDS.flatMap(([name], kind) =>
      sizes.map(({ sessions, turns }) => {
        const taken = turns[kind] ?? [];
        return [
          ...[name, whole(sessions), rough(rateOf(taken)), micros(processorOf(taken))],
          ms(median(taken.map(({ p99 }) => p99))),
          ratioOf(taken, small.turns[kind] ?? []).toFixed(2),
        ];
      }),
    ),
  );
  const goals = table(
    ["goal", "figure", "met"],
    goalsOfHuge({ small, large, sweep }).map(({ what, figure, met }) => [
      ...[what, figure, met ? "yes" : "**no**"],
    ]),
  );
  return `### Ten million sessions\n\n${HUGE}\n\n${stores}\n\n${rates}\n\n${goals}\n`;
}

const HUGE = `LMDB, one worker. Sessions are stored in the order of their keys, which packs pages more densely than
logins at random do. The load generator makes the proofs of "drawn from all" from the sessions'
numbers while it runs, which costs it the same at both sizes.`;

function goalsOfHuge({ small, large, sweep }: HugeFigures): Goal[] {
  const at = `at ${whole(large.sessions)} sessions`;
  const swept = `verify while ${whole(sweep.expired)} expired sessions are swept ${at}`;
  const limit = { limit: LONGEST_HOLD_UP_MS, unit: "ms" };
  return [
    ...KINDS.map(([name, kept], kind) =>
      atLeast(
        `${name}, ${at} ÷ at ${whole(small.sessions)}`,
        kept,
        ratioOf(large.turns[kind] ?? [], small.turns[kind] ?? []),
      ),
    ),
    below(`start to ready ${at}`, { limit: START_UP_MS, unit: "ms" }, median(large.starts)),
    below(`${swept}, p99.9`, limit, sweep.during.p999),
  ];
}
