import { Type } from "@sinclair/typebox";
import type { Stats } from "../../../core/usage/stats-service.ts";
import { strict, Timestamp, timestamp } from "../model.ts";

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

export const StatsModel = strict(
  { at: Timestamp, apps: Count("registered"), sessions: Count("stored"), days: Days },
  {
    $id: "Stats",
    description: "The sums of all apps",
    examples: [{ at: "2026-11-20T08:00:00.000Z", apps: 2, sessions: 345, days: [day] }],
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
