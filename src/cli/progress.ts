import { Presets, SingleBar } from "cli-progress";
import type { Io } from "./io.ts";

/** Between two lines of a progress that no person watches, in milliseconds. */
const LINE_INTERVAL = 10_000;
const WHOLE = 1000;

/** How far something long has come: a bar with rate and time left on a terminal, a line now and then elsewhere. */
export interface Progress {
  /**
   * @param done how many things by now
   * @param fraction about how much of the whole that is, from 0 to 1; null when nobody knows
   */
  update(done: number, fraction: number | null): void;
  /** Ends it; afterwards other things may be printed. */
  stop(): void;
  /** Prints a line without tearing the bar apart. */
  print(line: string): void;
}

/** @param hasEnd whether it will be known how much is left */
export function showProgress(io: Io, hasEnd: boolean): Progress {
  const startedAt = performance.now();
  const rate = (done: number): number =>
    Math.round(done / Math.max(0.001, (performance.now() - startedAt) / 1000));
  return io.isTerminal && hasEnd ? bar(io, rate) : lines(io, rate);
}

function bar(io: Io, rate: (done: number) => number): Progress {
  const shown = new SingleBar(
    {
      format: " {bar} {percentage}% | {done} | {rate}/s | {eta_formatted} left",
      barsize: 30,
      hideCursor: true,
      etaBuffer: 100,
    },
    Presets.shades_classic,
  );
  shown.start(WHOLE, 0, { done: 0, rate: 0 });
  return {
    update(done, fraction) {
      shown.update(Math.floor((fraction ?? 0) * WHOLE), { done, rate: rate(done) });
    },
    stop: () => shown.stop(),
    print(line) {
      // The bar is drawn anew below.
      io.print(`\r\u001b[K${line}\n`);
    },
  };
}

function lines(io: Io, rate: (done: number) => number): Progress {
  let nextAt = performance.now() + LINE_INTERVAL;
  return {
    update(done, fraction) {
      if (performance.now() < nextAt) return;
      nextAt = performance.now() + LINE_INTERVAL;
      const part = fraction === null ? "" : `, ${Math.floor(fraction * 100)}%`;
      io.print(`${done} so far${part}, ${rate(done)}/s\n`);
    },
    stop: () => undefined,
    print: (line) => io.print(`${line}\n`),
  };
}
