import { readdirSync } from "node:fs";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** The interval at which the delay of the event loop is measured. */
const BEAT_MS = 20;
/** In seconds. */
const DELAY_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/**
 * Measures this process. The collectors of prom-client are not used: a third of them report nothing
 * on Bun, and percentiles and minima of several processes cannot be summed.
 *
 * @returns a function that ends the measuring
 */
export function measureProcess(register: Registry): () => void {
  const registers = [register];
  let counted = 0;
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time, in user and system mode together.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      const seconds = (user + system) / 1e6;
      this.inc(Math.max(0, seconds - counted));
      counted = seconds;
    },
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge("process_resident_memory_bytes", "Memory in use.", () => process.memoryUsage.rss());
  gauge(
    "waferd_heap_used_bytes",
    "Memory that JavaScript objects use.",
    () => process.memoryUsage().heapUsed,
  );
  if (process.platform === "linux")
    gauge(
      "process_open_fds",
      "Open files and connections.",
      () => readdirSync("/proc/self/fd").length,
    );
  return measureDelay(
    new Histogram({
      name: "waferd_event_loop_delay_seconds",
      help: `Delay of a timer of ${BEAT_MS} ms: how long one task blocked the process while requests waited.`,
      buckets: DELAY_BUCKETS,
      registers,
    }),
  );
}

function measureDelay(delays: Histogram): () => void {
  let due = performance.now() + BEAT_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    delays.observe(Math.max(0, now - due) / 1000);
    due = now + BEAT_MS;
  }, BEAT_MS);
  return () => clearInterval(timer);
}
