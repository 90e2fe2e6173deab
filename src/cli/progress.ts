import { Presets, SingleBar } from "cli-progress";
import type { Io } from "./io.ts";

/** Between two lines of a progress that no person watches, in milliseconds. */
const LINE_INTERVAL = 10_000;

/** How far something long has come: a bar with rate and time left on a terminal, a line now and then elsewhere. */
export interface Progress {
  update(done: number): void;
  /** Ends it; afterwards other things may be printed. */
  stop(): void;
  /** Prints a line without tearing the bar apart. */
  print(line: string): void;
}

/** @param total about how many there are; null when nobody knows */
export function showProgress(io: Io, total: number | null): Progress {
  const startedAt = performance.now();
  const rate = (done: number): number =>
    Math.round(done / Math.max(0.001, (performance.now() - startedAt) / 1000));
  return io.isTerminal && total !== null && total > 0 ? bar(io, total, rate) : lines(io, total, rate);
}

function bar(io: Io, total: number, rate: (done: number) => number): Progress {
  const shown = new SingleBar(
    {
      format: " {bar} {percentage}% | {value} of about {total} | {rate}/s | {eta_formatted} left",
      hideCursor: true,
      etaBuffer: 100,
      linewrap: null,
    },
    Presets.shades_classic,
  );
  shown.start(total, 0, { rate: 0 });
  return {
    update(done) {
      if (done > total) shown.setTotal(done);
      shown.update(done, { rate: rate(done) });
    },
    stop: () => shown.stop(),
    print(line) {
      // The bar is drawn anew below.
      io.print(`\r\u001b[K${line}\n`);
    },
  };
}

function lines(io: Io, total: number | null, rate: (done: number) => number): Progress {
  let nextAt = performance.now() + LINE_INTERVAL;
  let last = 0;
  const show = (done: number): void =>
    io.print(`${done}${total === null || done >= total ? "" : ` of about ${total}`}, ${rate(done)}/s\n`);
  return {
    update(done) {
      last = done;
      if (performance.now() < nextAt) return;
      nextAt = performance.now() + LINE_INTERVAL;
      show(done);
    },
    stop: () => show(last),
    print: (line) => io.print(`${line}\n`),
  };
}
