import { Type } from "@sinclair/typebox";
import { WATCHED_OPERATIONS } from "../../../core/usage/failure-count.ts";
import type { Overview } from "../../../core/usage/overview-service.ts";
import { type Series, type SeriesBucket, spans } from "../../../core/usage/series-service.ts";
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

export const SeriesQuery = strict({
  span: Type.Optional(
    oneOf(spans, {
      description:
        "hour: 60 buckets of a minute; day: 24 of an hour, the default; month: 30 of a day in China (UTC+8)",
    }),
  ),
  app: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 201,
      description: "an appid, or a WeCom agent as corpid:agentid; all together without it",
      examples: ["wx0000000000000de0"],
    }),
  ),
});

const Bucket = strict({
  at: Timestamp,
  logins: Count("sessions made"),
  verifications: Count("sessions verified"),
  tokens: Count("access tokens handed out"),
  calls: Count("requests to WeChat"),
  failedLogins: Count("logins that failed"),
  failedVerifications: Count("checks of a session that failed"),
});

const Counts = Type.Array(Type.Integer({ minimum: 0 }), {
  description: "one number for each of `buckets`",
});

const cause = {
  operation: oneOf(WATCHED_OPERATIONS),
  code: Type.String({ description: "the failure's word, as `code` of a problem has it" }),
};

const bucket = {
  at: "2026-11-20T08:00:00.000Z",
  logins: 2,
  verifications: 240,
  tokens: 3,
  calls: 4,
  failedLogins: 1,
  failedVerifications: 0,
};

export const SeriesModel = strict(
  {
    span: oneOf(spans),
    at: Timestamp,
    bucketSeconds: Type.Integer({ minimum: 60, description: "the length of a bucket" }),
    buckets: Type.Array(Bucket, {
      description: "oldest first; the last one is not over. `at` is when each begins",
    }),
    previous: Type.Array(Bucket, { description: "as many buckets before, for comparison" }),
    failures: Type.Array(strict({ ...cause, counts: Counts }), {
      description: "failures by cause, the most frequent first",
    }),
    endpoints: Type.Array(strict({ endpoint: Type.String(), counts: Counts }), {
      description: "requests to WeChat by endpoint, the 20 with the most",
    }),
  },
  {
    $id: "Series",
    description: "Counts of a span that ends now, for charts",
    examples: [
      {
        span: "day",
        at: "2026-11-20T08:12:00.000Z",
        bucketSeconds: 3600,
        buckets: [bucket],
        previous: [{ ...bucket, at: "2026-11-19T08:00:00.000Z" }],
        failures: [{ operation: "login", code: "codeRefused", counts: [1] }],
        endpoints: [{ endpoint: "/sns/jscode2session", counts: [4] }],
      },
    ],
  },
);

const Hours = Type.Array(Type.Integer({ minimum: 0 }), {
  description: "the last 24 hours one by one, oldest first; the last one is not over",
});

const Rate = (description: string) => Type.Number({ minimum: 0, description });

const Figure = strict({
  today: Count("since midnight in China (UTC+8)"),
  yesterday: Count(
    "yesterday until the same time; its hour that now runs counts by the part that has passed",
  ),
  perSecond: Rate("a second, of the last five whole minutes"),
  perSecondYesterday: Rate("a second, of the same hour yesterday"),
  hours: Hours,
});

const figure = {
  ...{ today: 120, yesterday: 98, perSecond: 0.2, perSecondYesterday: 0.15 },
  hours: [...Array<number>(16).fill(0), ...Array<number>(8).fill(15)],
};

export const OverviewModel = strict(
  {
    at: Timestamp,
    apps: Count("registered"),
    sessions: Count("stored"),
    sessionsYesterday: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description: "at the beginning of the same hour yesterday; null when it is not known",
    }),
    sessionHours: Type.Array(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]), {
      description:
        "at the beginnings of the last 24 hours, oldest first; null for those that are not known",
    }),
    logins: Figure,
    verifications: Figure,
    tokens: Figure,
    calls: Figure,
    failures: strict(
      {
        last24Hours: Count("of logins and checks, in the running hour and the 23 before"),
        previous24Hours: Count(
          "in the same span a day before; its last hour counts by the part that has passed",
        ),
        hours: Hours,
        causes: Type.Array(strict({ ...cause, count: Count("of the last 24 hours") }), {
          description: "the most frequent first",
        }),
      },
      { description: "failed logins and verifications" },
    ),
    endpoints: Type.Array(
      strict({ endpoint: Type.String(), today: Count("today"), yesterday: Count("as above") }),
      { description: "requests to WeChat by endpoint, the 20 with the most" },
    ),
    quotas: Type.Array(
      strict({
        app: Type.String({ description: "an appid" }),
        endpoint: Type.String(),
        today: Count("requests since midnight in China"),
        limit: Count("requests a day that WeChat allows"),
      }),
      { description: "the daily quotas of WeChat that are known and used, the 20 fullest" },
    ),
  },
  {
    $id: "Overview",
    description: "The figures of all apps at a glance, beside those of yesterday",
    examples: [
      {
        at: "2026-11-20T08:00:00.000Z",
        apps: 2,
        sessions: 345,
        sessionsYesterday: 331,
        sessionHours: Array<number>(24).fill(340),
        logins: figure,
        verifications: figure,
        tokens: figure,
        calls: figure,
        failures: {
          last24Hours: 17,
          previous24Hours: 20,
          hours: [...Array<number>(23).fill(0), 17],
          causes: [{ operation: "login", code: "codeRefused", count: 17 }],
        },
        endpoints: [{ endpoint: "/sns/jscode2session", today: 120, yesterday: 98 }],
        quotas: [{ app: "wx0000000000000de0", endpoint: "/cgi-bin/token", today: 12, limit: 2000 }],
      },
    ],
  },
);

const toBucket = ({ at, ...counts }: SeriesBucket) => ({ at: timestamp(at), ...counts });

export const toSeriesModel = ({ at, buckets, previous, ...series }: Series) => ({
  ...series,
  at: timestamp(at),
  buckets: buckets.map(toBucket),
  previous: previous.map(toBucket),
});

export const toOverviewModel = ({ at, ...overview }: Overview) => ({
  ...overview,
  at: timestamp(at),
});
