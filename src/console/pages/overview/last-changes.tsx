import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { Moment } from "../../format/moment.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { LongCode } from "../../parts/short-id.tsx";
import { Go } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";

const SHOWN = 5;
const EVERY_SECONDS = 30;

/** The last entries of the audit. */
export function LastChanges() {
  const { t } = useText();
  const { value, error } = useReading(
    "last-changes",
    () => dataOf(api.audit.get({ query: { limit: SHOWN } })),
    { everySeconds: EVERY_SECONDS },
  );
  return (
    <section className="card">
      <h2>{t.overview.changes}</h2>
      {error !== null && <ErrorLines failed={t.audit.notListed} error={error} />}
      {value?.items.length === 0 && <p>{t.overview.noChanges}</p>}
      <ul className="rows">
        {value?.items.map(({ at, action, target, by, requestId }) => (
          <li key={`${at} ${action} ${target} ${requestId}`}>
            <span>
              {t.audit.actions[action]} <LongCode text={target} />{" "}
              <span className="hint">{by}</span>
            </span>
            <span className="right">
              <Moment at={at} />
            </span>
          </li>
        ))}
      </ul>
      <Go to="/audit">{t.overview.allChanges}</Go>
    </section>
  );
}
