import { Type } from "@sinclair/typebox";
import { WATCHED_OPERATIONS } from "../../../core/usage/failure-count.ts";
import type { Stats } from "../../../core/usage/stats-service.ts";
import { oneOf, strict, Timestamp, timestamp } from "../model.ts";

const Count = (description: string) => Type.Integer({ minimum: 0, description });

const Days = Type.Array(
  strict({
    day: Type.String({
      format: "date",
      description: "a day in China, by which WeChat counts quotas",
    }),
    logins: Count("sessions made"),
    verifications: Count("sessions verified"),
    calls: Count("requests to WeChat"),
  }),
  { description: "the last 31 days, today last" },
);

const day = { day: "2026-11-20", logins: 12, verifications: 3456, calls: 14 };

const Failures = Type.Array(
  strict({
    operation: oneOf(WATCHED_OPERATIONS),
    code: Type.String({ description: "the failure's word, as `code` of a problem has it" }),
    count: Count("of the last 31 days"),
    today: Count("of today"),
  }),
  { description: "failed logins and verifications by cause, the most frequent first" },
);

const failure = { operation: "login", code: "codeRefused", count: 17, today: 2 };

export const StatsModel = strict(
  {
    at: Timestamp,
    apps: Count("registered"),
    sessions: Count("stored"),
    days: Days,
    failures: Failures,
  },
  {
    $id: "Stats",
    description: "The sums of all apps",
    examples: [
      { at: "2026-11-20T08:00:00.000Z", apps: 2, sessions: 345, days: [day], failures: [failure] },
    ],
  },
);

export const AppStatsModel = strict(
  {
    at: Timestamp,
    sessions: Count("stored"),
    days: Days,
    calls: Type.Array(strict({ endpoint: Type.String(), count: Count("of the last 31 days") }), {
      description: "requests to WeChat by endpoint",
    }),
  },
  {
    $id: "AppStats",
    examples: [
      {
        at: "2026-11-20T08:00:00.000Z",
        sessions: 345,
        days: [day],
        calls: [{ endpoint: "/sns/jscode2session", count: 12 }],
      },
    ],
  },
);

export const toStatsModel = <S extends Pick<Stats, "at">>({ at, ...stats }: S) => ({
  ...stats,
  at: timestamp(at),
});
