import type { OverviewFigures } from "../../client/figures.ts";
import { useFormats } from "../../format/format.ts";
import { Sparkline } from "../../parts/sparkline.tsx";
import { useText } from "../../text/text.tsx";

interface Shown {
  name: string;
  value: string | undefined;
  /** The same figure a day before. */
  before: string;
  /** The last 24 hours. */
  line: readonly (number | null)[] | undefined;
}

/** The row of figures, each with the one of the day before and the last 24 hours. */
export function Figures({ overview }: { overview: OverviewFigures | undefined }) {
  const { t } = useText();
  const { number, rate } = useFormats();
  const names = t.overview.figures;
  const text = (value: number | null | undefined, write = number) =>
    value == null ? undefined : write(value);
  const before = (value: number | null | undefined, write = number) =>
    t.overview.yesterday(text(value, write) ?? "–");
  const shown: Shown[] = [
    {
      name: names.logins,
      value: text(overview?.logins.today),
      before: before(overview?.logins.yesterday),
      line: overview?.logins.hours,
    },
    {
      name: names.verifications,
      value: text(overview?.verifications.perSecond, rate),
      before: before(overview?.verifications.perSecondYesterday, rate),
      line: overview?.verifications.hours,
    },
    {
      name: names.sessions,
      value: text(overview?.sessions),
      before: before(overview?.sessionsYesterday),
      line: overview?.sessionHours,
    },
    {
      name: names.failures,
      value: text(overview?.failures.last24Hours),
      before: t.overview.dayBefore(text(overview?.failures.previous24Hours) ?? "–"),
      line: overview?.failures.hours,
    },
    {
      name: names.calls,
      value: text(overview?.calls.today),
      before: before(overview?.calls.yesterday),
      line: overview?.calls.hours,
    },
  ];
  return (
    <section className="figures" aria-label={t.overview.today} aria-busy={overview === undefined}>
      {shown.map(({ name, value, before: earlier, line: values }) => (
        <div key={name} className="figure">
          <span className="figure-name">{name}</span>
          <span className="figure-value">{value ?? "–"}</span>
          <span className="figure-before">{earlier}</span>
          <Sparkline values={(values ?? []).filter((one) => one !== null)} />
        </div>
      ))}
    </section>
  );
}
