import { type FiguresOfSpan, useFigures } from "../client/figures.ts";
import { useFormats } from "../format/format.ts";
import { useText } from "../text/text.tsx";
import { causeOf } from "./cause.ts";
import { ErrorLines } from "./error-lines.tsx";
import { Sparkline } from "./sparkline.tsx";

const SHOWN = 8;

type CountKind = "logins" | "verifications" | "tokens" | "calls";

/**
 * The counts of an app or agent: today's, with the month behind it, then its calls by endpoint and
 * its failures by cause.
 *
 * @param owner an appid, or `corpid:agentid`
 */
export function Usage({ owner, kinds }: { owner: string; kinds: readonly CountKind[] }) {
  const { t } = useText();
  const { number } = useFormats();
  const { value, error, reload } = useFigures("month", owner);
  const buckets = value?.buckets ?? [];
  const today = buckets.at(-1);
  return (
    <>
      {error !== null && <ErrorLines failed={t.overview.notRead} error={error} retry={reload} />}
      <div className="figures small" aria-busy={value === undefined}>
        {kinds.map((kind) => (
          <div key={kind} className="figure">
            <span className="figure-name">{t.usage.today[kind]}</span>
            <span className="figure-value">{today === undefined ? "–" : number(today[kind])}</span>
            <Sparkline values={buckets.map((bucket) => bucket[kind])} />
          </div>
        ))}
      </div>
      <Sums title={t.usage.calls} rows={callsOf(value)} isCode />
      <Sums
        title={t.usage.failures}
        rows={(value?.failures ?? []).map(({ operation, code, counts }) => ({
          name: `${t.overview.operations[operation]}: ${causeOf({ code }, t).why}`,
          count: sumOf(counts),
        }))}
      />
    </>
  );
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, one) => sum + one, 0);

const callsOf = (figures: FiguresOfSpan | undefined) =>
  (figures?.endpoints ?? []).map(({ endpoint, counts }) => ({
    name: endpoint,
    count: sumOf(counts),
  }));

/** Sums of the month with their names; nothing without any. */
function Sums({
  title,
  rows,
  isCode = false,
}: {
  title: string;
  rows: readonly { name: string; count: number }[];
  isCode?: boolean;
}) {
  const { t } = useText();
  const { number } = useFormats();
  if (rows.length === 0) return null;
  return (
    <>
      <h3>
        {title} <span className="hint">{t.words.days30}</span>
      </h3>
      <ul className="rows">
        {rows.slice(0, SHOWN).map(({ name, count }) => (
          <li key={name}>
            {isCode ? <code>{name}</code> : <span>{name}</span>}
            <span className="right">{number(count)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
