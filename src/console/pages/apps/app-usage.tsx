import { useFormats } from "../../format/format.ts";
import { Sparkline } from "../../parts/sparkline.tsx";
import { useText } from "../../text/text.tsx";

interface AppCounts {
  days: readonly { day: string; logins: number; verifications: number; calls: number }[];
  calls: readonly { endpoint: string; count: number }[];
}

const SHOWN_CALLS = 8;

/** The counts of one app: today's, with the month behind it, and the calls by endpoint. */
export function AppUsage({ stats }: { stats: AppCounts }) {
  const { t } = useText();
  const { number } = useFormats();
  const today = stats.days.at(-1);
  const kinds = ["logins", "verifications", "calls"] as const;
  return (
    <>
      <div className="figures small">
        {kinds.map((kind) => (
          <div key={kind} className="figure">
            <span className="figure-name">{t.overview.figures[kind]}</span>
            <span className="figure-value">{number(today?.[kind] ?? 0)}</span>
            <Sparkline values={stats.days.map((day) => day[kind])} />
          </div>
        ))}
      </div>
      {stats.calls.length > 0 && (
        <table className="list" aria-label={t.apps.calls}>
          <thead>
            <tr>
              <th scope="col">{t.apps.calls}</th>
              <th scope="col" className="right">
                {t.words.days31}
              </th>
            </tr>
          </thead>
          <tbody>
            {stats.calls.slice(0, SHOWN_CALLS).map(({ endpoint, count }) => (
              <tr key={endpoint}>
                <td className="line-1">
                  <code>{endpoint}</code>
                </td>
                <td className="line-1 right">{number(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
