import { useFormats } from "../../format/format.ts";
import { Sparkline } from "../../parts/sparkline.tsx";
import { useText } from "../../text/text.tsx";
import type { StatsOfApi } from "./stats.ts";

interface Shown {
  name: string;
  value: number;
  yesterday: number | null;
  line: readonly number[] | null;
}

/** The row of figures: today's, with yesterday's and the month behind them. */
export function Figures({ stats }: { stats: StatsOfApi | undefined }) {
  const { t } = useText();
  const names = t.overview.figures;
  const ofDays = (kind: "logins" | "verifications" | "calls"): Shown => ({
    name: names[kind],
    value: stats?.days.at(-1)?.[kind] ?? 0,
    yesterday: stats?.days.at(-2)?.[kind] ?? 0,
    line: stats?.days.map((day) => day[kind]) ?? null,
  });
  const failures = stats?.failures.reduce((sum, { today }) => sum + today, 0) ?? 0;
  const shown: Shown[] = [
    ofDays("logins"),
    ofDays("verifications"),
    { name: names.sessions, value: stats?.sessions ?? 0, yesterday: null, line: null },
    { name: names.failures, value: failures, yesterday: null, line: null },
    ofDays("calls"),
  ];
  return (
    <section className="figures" aria-label={t.overview.today} aria-busy={stats === undefined}>
      {shown.map((figure) => (
        <Figure key={figure.name} figure={figure} isWaiting={stats === undefined} />
      ))}
    </section>
  );
}

function Figure({ figure, isWaiting }: { figure: Shown; isWaiting: boolean }) {
  const { t } = useText();
  const { number } = useFormats();
  const { name, value, yesterday, line } = figure;
  return (
    <div className="figure">
      <span className="figure-name">{name}</span>
      <span className="figure-value">{isWaiting ? "–" : number(value)}</span>
      <span className="figure-before">
        {yesterday === null ? " " : t.overview.yesterday(isWaiting ? "–" : number(yesterday))}
      </span>
      {line === null ? <span className="sparkline" /> : <Sparkline values={line} />}
    </div>
  );
}
