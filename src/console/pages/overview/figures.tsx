import type { FiguresOfSpan, OverviewFigures } from "../../client/figures.ts";
import { useFormats } from "../../format/format.ts";
import { Sparkline } from "../../parts/sparkline.tsx";
import { useText } from "../../text/text.tsx";

interface Shown {
  name: string;
  value: string | undefined;
  /** The same figure before; null for one that is not kept. */
  before: string | null;
  /** The chosen span; null for one that is not counted. */
  line: readonly number[] | null;
}

/** The row of figures, each with the one before and the chosen span. */
export function Figures({
  overview,
  figures,
}: {
  overview: OverviewFigures | undefined;
  figures: FiguresOfSpan | undefined;
}) {
  const { t } = useText();
  const { number, rate } = useFormats();
  const names = t.overview.figures;
  type Bucket = FiguresOfSpan["buckets"][number];
  const line = (of: (bucket: Bucket) => number) => figures?.buckets.map(of) ?? [];
  const text = (value: number | undefined, write = number) =>
    value === undefined ? undefined : write(value);
  const before = (value: number | undefined, write = number) =>
    t.overview.yesterday(text(value, write) ?? "–");
  const shown: Shown[] = [
    {
      name: names.logins,
      value: text(overview?.logins.today),
      before: before(overview?.logins.yesterday),
      line: line((bucket) => bucket.logins),
    },
    {
      name: names.verifications,
      value: text(overview?.verifications.perSecond, rate),
      before: before(overview?.verifications.perSecondYesterday, rate),
      line: line((bucket) => bucket.verifications),
    },
    { name: names.sessions, value: text(overview?.sessions), before: null, line: null },
    {
      name: names.failures,
      value: text(overview?.failures.last24Hours),
      before: t.overview.dayBefore(text(overview?.failures.previous24Hours) ?? "–"),
      line: line((bucket) => bucket.failedLogins + bucket.failedVerifications),
    },
    {
      name: names.calls,
      value: text(overview?.calls.today),
      before: before(overview?.calls.yesterday),
      line: line((bucket) => bucket.calls),
    },
  ];
  return (
    <section className="figures" aria-label={t.overview.today} aria-busy={overview === undefined}>
      {shown.map(({ name, value, before: earlier, line: values }) => (
        <div key={name} className="figure">
          <span className="figure-name">{name}</span>
          <span className="figure-value">{value ?? "–"}</span>
          <span className="figure-before">{earlier ?? " "}</span>
          {values === null ? <span className="sparkline" /> : <Sparkline values={values} />}
        </div>
      ))}
    </section>
  );
}
