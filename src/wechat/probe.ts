import { request } from "undici/index.js";
import type { ProbeOutcome, ProbeTarget } from "../core/upstream-probe.ts";
import { createDispatcher } from "./dispatcher.ts";

/** Requests the first page of an upstream, by the way that calls take; without retries. */
export async function probeUpstream(target: ProbeTarget): Promise<ProbeOutcome> {
  const dispatcher = createDispatcher({ ...target, connections: 1 });
  try {
    const signal = AbortSignal.timeout(target.timeoutSeconds * 1000);
    const { headers, body } = await request(`${target.url}/`, { dispatcher, signal });
    await body.dump();
    const date = Date.parse(String(headers["date"]));
    return { isReached: true, date: Number.isNaN(date) ? null : date };
  } catch (error) {
    const first = error instanceof AggregateError ? error.errors[0] : error;
    const { code, name, message } = first as NodeJS.ErrnoException;
    // The code of a timeout is a number, which helps nobody.
    return { isReached: false, code: typeof code === "string" ? code : name, message };
  } finally {
    await dispatcher.destroy();
  }
}
