import { Type } from "@sinclair/typebox";
import {
  type EndedStoreCheck,
  SHOWN_FLAWS,
  type StoreCheckState,
} from "../../../core/store-checks/store-check.ts";
import { nullable, strict, Timestamp, timestamp } from "../model.ts";

const Report = strict({
  records: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
    description: "how many records of each kind there are",
  }),
  flaws: Type.Integer({ minimum: 0, description: "how many flaws there are" }),
  shown: Type.Array(Type.String(), { description: `the first ${SHOWN_FLAWS} flaws` }),
});

const EXAMPLE = {
  begunAt: "2026-11-20T08:00:00.000Z",
  endedAt: "2026-11-20T08:00:04.000Z",
  report: { records: { apps: 1, sessions: 12_345 }, flaws: 0, shown: [] },
  failure: null,
};

const Ended = {
  begunAt: Timestamp,
  endedAt: Timestamp,
  report: nullable(Report, {
    description: "as `waferd store check --json` prints it; null for a check that failed",
  }),
  failure: nullable(Type.String(), { description: "why it failed, and what to do" }),
};

export const EndedStoreCheckModel = strict(Ended, { $id: "StoreCheck", examples: [EXAMPLE] });

export const BegunStoreCheckModel = strict(
  { begunAt: Timestamp },
  { $id: "BegunStoreCheck", examples: [{ begunAt: EXAMPLE.begunAt }] },
);

export const StoreCheckStateModel = strict(
  {
    runningSince: nullable(Timestamp, {
      description: "when the check in hand was begun; null when there is none",
    }),
    last: nullable(strict(Ended), { description: "the latest check; null before the first one" }),
  },
  { $id: "StoreChecks", examples: [{ runningSince: null, last: EXAMPLE }] },
);

export const toEndedModel = ({ begunAt, endedAt, report, failure }: EndedStoreCheck) => ({
  begunAt: timestamp(begunAt),
  endedAt: timestamp(endedAt),
  report: report && { ...report, records: { ...report.records }, shown: [...report.shown] },
  failure,
});

export const toStateModel = ({ runningSince, last }: StoreCheckState) => ({
  runningSince: runningSince === null ? null : timestamp(runningSince),
  last: last && toEndedModel(last),
});
