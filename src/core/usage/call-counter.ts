import { loggableId } from "../apps/app.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Clock, Log, Milliseconds } from "../ports.ts";
import { ALL_APPS, ALL_CALLS, dayInChina, hourInChina } from "./call-count.ts";
import type { CallCountTable } from "./call-count-table.ts";

const HOUR: Milliseconds = 3_600_000;
const DAY = 24 * HOUR;
/** How long the counts of days and of hours are kept. */
const DAYS_KEPT = 31 * DAY;
const HOURS_KEPT = 2 * DAY;
/** The share of a quota at which a warning is logged. */
const WARNING = 0.8;

interface Quota {
  limit: number;
  per: "day" | "hour";
  /** Whether all agents of a corp share it. */
  ofCorp?: true;
}

/** The quotas of WeChat and WeCom: docs/protocol-reference.md#upstream. */
const QUOTAS: Readonly<Record<string, readonly Quota[]>> = {
  "/cgi-bin/token": [{ limit: 2000, per: "day" }],
  "/cgi-bin/stable_token force_refresh": [{ limit: 20, per: "day" }],
  "/cgi-bin/get_jsapi_ticket": [
    { limit: 400, per: "hour", ofCorp: true },
    { limit: 100, per: "hour" },
  ],
  "/cgi-bin/ticket/get": [{ limit: 100, per: "hour" }],
};

/** Counts the requests that are sent to WeChat, and warns before a quota is used up. */
export class CallCounter {
  readonly #tables;
  readonly #clock;
  readonly #log;

  constructor({
    tables,
    clock,
    log,
  }: { tables: { callCounts: CallCountTable }; clock: Clock; log: Log }) {
    this.#tables = tables;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Counts one request, for its day and for each quota of its endpoint.
   *
   * @param subject an appid, or `corpid:agentid`
   */
  async count(subject: string, endpoint: string): Promise<void> {
    const quotas = QUOTAS[endpoint] ?? [];
    const daily = quotas.find(({ per, ofCorp }) => per === "day" && ofCorp !== true) ?? null;
    const others = quotas.filter((quota) => quota !== daily);
    await Promise.all([
      this.#add(subject, endpoint, "day", daily),
      this.#add(ALL_APPS, ALL_CALLS, "day", null),
      ...others.map((quota) =>
        this.#add(
          quota.ofCorp === true ? (subject.split(":")[0] ?? "") : subject,
          endpoint,
          quota.per,
          quota,
        ),
      ),
    ]);
  }

  async #add(
    subject: string,
    endpoint: string,
    per: Quota["per"],
    quota: Quota | null,
  ): Promise<void> {
    const now = this.#clock.now();
    const window = per === "day" ? dayInChina(now) : hourInChina(now);
    const expiresAt = now + (per === "day" ? DAYS_KEPT : HOURS_KEPT);
    const count = await attempt("storeFailed", () =>
      this.#tables.callCounts.add({ subject, endpoint, window, expiresAt }),
    );
    if (count instanceof Failure || quota === null || count !== Math.ceil(quota.limit * WARNING))
      return;
    this.#log.warn(
      { subject: loggableId(subject), endpoint, count, limit: quota.limit, per },
      "most of a WeChat quota is used",
    );
  }
}
