import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { MomentOrNone } from "../../format/moment.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Go, pathTo } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";

const SHOWN = 5;
const EVERY_SECONDS = 30;

/** The hosted credentials that renew next. */
export function CredentialsDue() {
  const { t } = useText();
  const { value, error } = useReading(
    "credentials-due",
    () => dataOf(api.credentials.get({ query: { limit: 200 } })),
    { everySeconds: EVERY_SECONDS },
  );
  const due = value?.items
    .toSorted((one, other) => (one.nextAttemptAt ?? "").localeCompare(other.nextAttemptAt ?? ""))
    .slice(0, SHOWN);
  return (
    <section className="card">
      <h2>{t.overview.due}</h2>
      {error !== null && <ErrorLines failed={t.credentials.notListed} error={error} />}
      {due !== undefined && due.length === 0 && <p>{t.overview.noCredentials}</p>}
      <ul className="rows">
        {due?.map(({ owner, kind, nextAttemptAt }) => (
          <li key={`${owner} ${kind}`}>
            <Go to={pathTo("credentials", owner, kind)}>
              {t.credentials.kinds[kind]} <code>{owner}</code>
            </Go>
            <span className="right">
              <MomentOrNone at={nextAttemptAt} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
