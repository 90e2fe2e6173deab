import { request } from "undici/index.js";
import type { ProbeOutcome, ProbeTarget } from "../core/upstream-probe.ts";
import { createDispatcher } from "./dispatcher.ts";

/** Asks an upstream for its first page, by the way that calls take. Nothing is asked twice. */
export async function probeUpstream(target: ProbeTarget): Promise<ProbeOutcome> {
  const dispatcher = createDispatcher(target);
  try {
    const signal = AbortSignal.timeout(target.timeoutSeconds * 1000);
    const { headers, body } = await request(`${target.url}/`, { dispatcher, signal });
    await body.dump();
    const date = Date.parse(String(headers["date"]));
    return { isReached: true, date: Number.isNaN(date) ? null : date };
  } catch (error) {
    const first = error instanceof AggregateError ? error.errors[0] : error;
    const { code, name, message } = first as NodeJS.ErrnoException;
    // A timeout's is a number, which tells nobody anything.
    return { isReached: false, code: typeof code === "string" ? code : name, message };
  } finally {
    await dispatcher.destroy();
  }
}
