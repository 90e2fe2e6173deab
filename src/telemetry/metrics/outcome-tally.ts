import { Counter, type Registry } from "prom-client";
import type { RegisteredApps } from "./registered-apps.ts";

/**
 * A counter by app and outcome that counts in maps, at a tenth of the cost of prom-client: session
 * checks come at tens of thousands per second. prom-client gets the numbers when it is scraped.
 */
export class OutcomeTally {
  readonly #apps;
  /** The counts by outcome, then by the label of the app. */
  #counts = new Map<string, Map<string, number>>();

  constructor(about: { name: string; help: string; register: Registry }, apps: RegisteredApps) {
    this.#apps = apps;
    const handOver = (counter: Counter<"appid" | "outcome">): void => {
      for (const [outcome, byApp] of this.#counts)
        for (const [appid, count] of byApp) counter.inc({ appid, outcome }, count);
      this.#counts = new Map();
    };
    new Counter({
      name: about.name,
      help: about.help,
      labelNames: ["appid", "outcome"],
      registers: [about.register],
      collect() {
        handOver(this);
      },
    });
  }

  /** @param appid the app that the request was about, or that it names; null without one */
  count(appid: string | null, outcome: string): void {
    let byApp = this.#counts.get(outcome);
    if (byApp === undefined) {
      byApp = new Map();
      this.#counts.set(outcome, byApp);
    }
    const label = this.#apps.label(appid);
    byApp.set(label, (byApp.get(label) ?? 0) + 1);
  }
}
