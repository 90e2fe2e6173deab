import { useMemo } from "react";
import { useFormats } from "../../format/format.ts";
import { Chart, type Series } from "../../parts/chart.tsx";
import { useText } from "../../text/text.tsx";
import type { StatsOfApi } from "./stats.ts";

/** The last month by day. */
export function DayChart({ days }: { days: StatsOfApi["days"] | undefined }) {
  const { t } = useText();
  const { number, day: dayText } = useFormats();
  // Counts that did not change draw nothing again.
  const text = JSON.stringify(days ?? []);
  const { times, series } = useMemo(() => {
    const read = JSON.parse(text) as StatsOfApi["days"];
    const names = t.overview.series;
    const of = (kind: "verifications" | "logins", color: string, look: Series["look"]): Series => ({
      name: names[kind],
      values: read.map((day) => day[kind]),
      color,
      look,
    });
    return {
      times: read.map(({ day }) => Date.parse(day)),
      series: [of("verifications", "--chart-2", "bars"), of("logins", "--chart-1", "line")],
    };
  }, [text, t]);
  const describe = useMemo(
    () => (time: number) => dayText(new Date(time).toISOString().slice(0, 10)),
    [dayText],
  );
  return (
    <section className="card">
      <h2>{t.overview.month}</h2>
      <Chart
        times={times}
        series={series}
        describe={describe}
        format={number}
        label={t.overview.chartLabel}
      />
      <p className="hint">{t.overview.daysOfChina}</p>
    </section>
  );
}
