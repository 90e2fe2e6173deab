import type { OverviewFigures } from "../../client/figures.ts";
import { useFormats } from "../../format/format.ts";
import { Go, pathTo } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";

const SHOWN = 5;

/** The fullest of WeChat's daily quotas. */
export function Quotas({ quotas }: { quotas: OverviewFigures["quotas"] | undefined }) {
  const { t } = useText();
  const { number } = useFormats();
  return (
    <section className="card">
      <h2>{t.overview.quotas}</h2>
      {quotas !== undefined && quotas.length === 0 && <p>{t.overview.noQuotas}</p>}
      <ul className="rows">
        {quotas?.slice(0, SHOWN).map(({ app, endpoint, today, limit }) => (
          <li key={`${app} ${endpoint}`}>
            <span>
              <code>{endpoint}</code>{" "}
              <Go to={pathTo("apps", app)}>
                <code>{app}</code>
              </Go>
            </span>
            <span className="right">
              {number(today)} / {number(limit)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
