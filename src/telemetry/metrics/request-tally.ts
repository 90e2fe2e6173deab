import type { Registry } from "prom-client";

const NAME = "waferd_request_duration_seconds";
/** In seconds. A session check takes less than the first, a login as long as WeChat does. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** The durations of the requests with the same labels. */
interface Durations {
  protocol: string;
  operation: string;
  code: string | number;
  /** The number of requests in each bucket, and above the last one; not cumulative. */
  counts: number[];
  sumSeconds: number;
}

interface Value {
  metricName: string;
  labels: Record<string, string | number>;
  value: number;
}

/**
 * The histogram of requests, in prom-client's form. The histogram of prom-client takes a third of a
 * microsecond to hash the labels, and makes garbage, which slows session checks; a few map lookups
 * do not.
 */
export class RequestTally {
  /** The durations by protocol, operation and code. */
  readonly #durations = new Map<string, Map<string, Map<string | number, Durations>>>();

  constructor(register: Registry) {
    const metric = { name: NAME, get: () => this.#get(), reset: () => this.#durations.clear() };
    register.registerMetric(metric as unknown as Parameters<Registry["registerMetric"]>[0]);
  }

  observe(protocol: string, operation: string, code: string | number, seconds: number): void {
    const durations =
      this.#durations.get(protocol)?.get(operation)?.get(code) ??
      this.#begin(protocol, operation, code);
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] as number)) bucket += 1;
    durations.counts[bucket] = (durations.counts[bucket] ?? 0) + 1;
    durations.sumSeconds += seconds;
  }

  #begin(protocol: string, operation: string, code: string | number): Durations {
    const operations = entry(this.#durations, protocol, () => new Map());
    const codes = entry(operations, operation, () => new Map());
    return entry(codes, code, () => ({
      protocol,
      operation,
      code,
      counts: new Array<number>(BUCKETS.length + 1).fill(0),
      sumSeconds: 0,
    }));
  }

  #get() {
    const values: Value[] = [];
    for (const operations of this.#durations.values())
      for (const codes of operations.values())
        for (const durations of codes.values()) values.push(...valuesOf(durations));
    return {
      name: NAME,
      help: "Answered requests, by protocol, operation (interfaceName or route) and code (returnCode, status, or failure).",
      type: "histogram",
      aggregator: "sum",
      values,
    };
  }
}

function entry<Key, Entry>(map: Map<Key, Entry>, key: Key, make: () => Entry): Entry {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}

/** Returns the series of a histogram: the cumulative buckets, the sum and the count. */
function valuesOf({ counts, sumSeconds, ...labels }: Durations): Value[] {
  const values: Value[] = [];
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    below += count;
    const le = BUCKETS[bucket] ?? "+Inf";
    values.push({ metricName: `${NAME}_bucket`, labels: { le, ...labels }, value: below });
  }
  values.push({ metricName: `${NAME}_sum`, labels, value: sumSeconds });
  values.push({ metricName: `${NAME}_count`, labels, value: below });
  return values;
}
