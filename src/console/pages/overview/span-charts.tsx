import { useCallback, useMemo } from "react";
import { FIGURE_SPANS, type FigureSpan, type FiguresOfSpan } from "../../client/figures.ts";
import { type Formats, useFormats } from "../../format/format.ts";
import { Chart, type ChartSeries } from "../../parts/chart.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import type { ConsoleText } from "../../text/en.ts";
import { useText } from "../../text/text.tsx";

/** Causes with a colour of their own; the others are one. */
const CAUSE_COLORS = ["--cause-1", "--cause-2", "--cause-3", "--cause-4"] as const;
const OTHER_COLOR = "--cause-5";

/** Writes a time of a span's buckets. */
const DESCRIBE: Readonly<Record<FigureSpan, (formats: Formats) => (time: number) => string>> = {
  hour: ({ hourMinute }) => hourMinute,
  day: ({ hourMinute }) => hourMinute,
  month: ({ chinaDay }) => chinaDay,
};

/** The counts of the chosen span, and its failures by cause. */
export function SpanCharts({
  span,
  figures,
  onChoose,
}: {
  span: FigureSpan;
  figures: FiguresOfSpan | undefined;
  onChoose: (span: FigureSpan) => void;
}) {
  const { t } = useText();
  const formats = useFormats();
  const describe = useMemo(() => DESCRIBE[span](formats), [span, formats]);
  const choose = useCallback((id: string) => onChoose(id as FigureSpan), [onChoose]);
  const buckets = figures?.buckets ?? [];
  const times = buckets.map(({ at }) => Date.parse(at));
  const counts = (["verifications", "logins"] as const).map((kind, index) => ({
    name: t.overview.series[kind],
    values: buckets.map((bucket) => bucket[kind]),
    ...(index === 0
      ? ({ color: "--chart-2", look: "bars" } as const)
      : ({ color: "--chart-1", look: "line" } as const)),
  }));
  const failures = failureSeries(figures, t);
  const shared = { times, describe, format: formats.number };
  return (
    <section className="card">
      <Tabs
        label={t.overview.span}
        tabs={FIGURE_SPANS.map((id) => ({ id, title: t.overview.spans[id] }))}
        chosen={span}
        onChoose={choose}
      >
        <Chart {...shared} series={counts} label={t.overview.chartLabel} />
        <h2>{t.overview.failures}</h2>
        {failures.length === 0 ? (
          <p>{t.overview.noFailures}</p>
        ) : (
          <Chart {...shared} series={failures} isStacked label={t.overview.failuresLabel} />
        )}
        {span === "month" && <p className="hint">{t.overview.daysOfChina}</p>}
      </Tabs>
    </section>
  );
}

/** Returns the most frequent causes, and the sum of the others. */
function failureSeries(figures: FiguresOfSpan | undefined, t: ConsoleText): ChartSeries[] {
  const causes = figures?.failures ?? [];
  const series = CAUSE_COLORS.flatMap((color, index): ChartSeries[] => {
    const cause = causes[index];
    if (cause === undefined) return [];
    // The legend has no room for sentences; the card of causes has them.
    const name = `${t.overview.operations[cause.operation]}: ${cause.code}`;
    return [{ name, values: cause.counts, color, look: "bars" }];
  });
  const others = causes.slice(CAUSE_COLORS.length);
  if (others.length === 0) return series;
  const values = (others[0]?.counts ?? []).map((_, index) =>
    others.reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0),
  );
  return [...series, { name: t.overview.otherCauses, values, color: OTHER_COLOR, look: "bars" }];
}
