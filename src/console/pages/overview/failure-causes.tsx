import type { OverviewFigures } from "../../client/figures.ts";
import { useFormats } from "../../format/format.ts";
import { causeOf } from "../../parts/cause.ts";
import { Go, queryText } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";

const SHOWN = 8;

/** Failed logins and checks of the last day by cause, each with the way to its lines. */
export function FailureCauses({
  causes,
}: {
  causes: OverviewFigures["failures"]["causes"] | undefined;
}) {
  const { t } = useText();
  const { number } = useFormats();
  return (
    <section className="card">
      <h2>{t.overview.causes}</h2>
      {causes !== undefined && causes.length === 0 && <p>{t.overview.noFailures}</p>}
      <ul className="rows">
        {causes?.slice(0, SHOWN).map(({ operation, code, count }) => (
          <li key={`${operation} ${code}`}>
            <span>
              {t.overview.operations[operation]}: {causeOf({ code }, t).why}{" "}
              <Go to={`/logs${queryText({ code })}`}>
                <code>{code}</code>
              </Go>
            </span>
            <span className="right">{number(count)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
