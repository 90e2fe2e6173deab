import { useFormats } from "../../format/format.ts";
import { Go, queryText } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { causeText } from "./cause-text.ts";
import type { StatsOfApi } from "./stats.ts";

const SHOWN = 8;

/** Failed logins and checks by cause. */
export function FailureCauses({ failures }: { failures: StatsOfApi["failures"] | undefined }) {
  const { t } = useText();
  const { number } = useFormats();
  return (
    <section className="card">
      <h2>{t.overview.causes}</h2>
      {failures !== undefined && failures.length === 0 && <p>{t.overview.noFailures}</p>}
      <ul className="rows">
        {failures?.slice(0, SHOWN).map(({ operation, code, count, today }) => (
          <li key={`${operation} ${code}`}>
            <span>
              {t.overview.operations[operation]}: {causeText(code, t)}{" "}
              <Go to={`/logs${queryText({ code })}`}>
                <code>{code}</code>
              </Go>
            </span>
            <span className="right">
              {t.overview.ofToday(number(today))} · {t.overview.ofMonth(number(count))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
