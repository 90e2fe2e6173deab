/** The figures of the server, live. */

import { api, dataOf } from "./api.ts";
import { useLive } from "./use-live.ts";

/** The spans of figures, each with its buckets: minutes, hours, days of China. */
export const FIGURE_SPANS = ["hour", "day", "month"] as const;
export type FigureSpan = (typeof FIGURE_SPANS)[number];

/** Follows the figures of all apps at a glance. */
export const useOverview = () => useLive("/api/v1/overview", () => dataOf(api.overview.get()));

/** Follows the counts of a span, of all apps or of one. */
export function useFigures(span: FigureSpan, app: string | null = null) {
  const query = { span, ...(app !== null && { app }) };
  return useLive(`/api/v1/stats/series?${new URLSearchParams(query)}`, () =>
    dataOf(api.stats.series.get({ query })),
  );
}

export type OverviewFigures = NonNullable<ReturnType<typeof useOverview>["value"]>;
export type FiguresOfSpan = NonNullable<ReturnType<typeof useFigures>["value"]>;
