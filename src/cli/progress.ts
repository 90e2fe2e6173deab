import { Presets, SingleBar } from "cli-progress";
import type { Io } from "./io.ts";
import { beforeSignalEnds } from "./terminal/signals.ts";

/** The interval between lines where progress is not on a terminal, in milliseconds. */
const LINE_INTERVAL = 10_000;
const WHOLE = 1000;

/** Progress: a bar with rate and remaining time on a terminal, an occasional line elsewhere. */
export interface Progress {
  /**
   * Shows how much is done.
   *
   * @param done how many records
   * @param fraction the estimated fraction of the whole, from 0 to 1; null when it is unknown
   */
  update(done: number, fraction: number | null): void;
  /** Ends the progress, before anything else is printed. */
  stop(): void;
  /** Prints a line without tearing the bar apart. */
  print(line: string): void;
}

export interface ProgressOptions {
  /** Whether the fraction will be known. */
  hasEnd: boolean;
  /** Called when a signal ends the command; returns what to tell, after `interrupted after …`. */
  onInterrupt: () => string;
}

/** Shows progress until `stop`, or until a signal ends the process. */
export function showProgress(io: Io, { hasEnd, onInterrupt }: ProgressOptions): Progress {
  const startedAt = performance.now();
  const rate = (done: number): number =>
    Math.round(done / Math.max(0.001, (performance.now() - startedAt) / 1000));
  const shown = io.isTerminal && hasEnd ? bar(io, rate) : lines(io, rate);
  let count = 0;
  const endWatch = beforeSignalEnds(() => {
    shown.stop();
    io.print(`waferd: interrupted after ${count} records; ${onInterrupt()}\n`);
  });
  return {
    ...shown,
    update(done, fraction) {
      count = done;
      shown.update(done, fraction);
    },
    stop() {
      endWatch();
      shown.stop();
    },
  };
}

function bar(io: Io, rate: (done: number) => number): Progress {
  const shown = new SingleBar(
    {
      format: " {bar} {percentage}% | {done} | {rate}/s | {eta_formatted} left",
      barsize: 30,
      etaBuffer: 100,
      clearOnComplete: true,
      // A terminal without cursor or wrapping would stay so if the process is killed.
      hideCursor: false,
      linewrap: true,
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
      // The next update draws the bar again below this line.
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
