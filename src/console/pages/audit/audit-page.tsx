import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { Moment } from "../../format/moment.tsx";
import { List } from "../../parts/list.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { Go, queryText, usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { type AuditActionName, isAuditAction } from "./actions.ts";
import { AuditFilters } from "./audit-filters.tsx";
import { sinceOf } from "./spans.ts";

/** Who changed what, latest first. */
export default function AuditPage() {
  const { t } = useText();
  const { query } = usePlace();
  const cursor = query.get("cursor");
  const by = query.get("by");
  const asked = query.get("action");
  const action: AuditActionName | null = isAuditAction(asked, t) ? asked : null;
  const target = query.get("target");
  const span = query.get("since");
  const reading = useReading(`audit ${by} ${action} ${target} ${span} ${cursor}`, () => {
    const since = sinceOf(span);
    return dataOf(
      api.audit.get({
        query: {
          ...(by !== null && { by }),
          ...(action !== null && { action }),
          ...(target !== null && { target }),
          ...(since !== null && { since }),
          ...(cursor !== null && { cursor }),
        },
      }),
    );
  });
  const filter = { by, action, target, since: sinceOf(span) };
  const isFiltered = [by, action, target, span].some((one) => one !== null);
  const flags = Object.entries({ by, action, target, since: span }).flatMap(([name, value]) =>
    value === null ? [] : [`--${name}`, value],
  );
  return (
    <ConsolePage
      title={t.menu.audit}
      purpose={t.audit.purpose}
      actions={
        <a href={`/api/v1/audit${queryText({ ...filter, format: "csv" })}`} download>
          {t.audit.csv}
        </a>
      }
    >
      <AuditFilters />
      <List
        label={t.menu.audit}
        reading={reading}
        failed={t.audit.notListed}
        keyOf={(entry) => `${entry.at} ${entry.action} ${entry.target} ${entry.requestId}`}
        empty={<p>{isFiltered ? t.audit.emptyFiltered : t.audit.empty}</p>}
        columns={[
          {
            title: t.audit.change,
            line: 1,
            cell: (entry) => t.audit.actions[entry.action],
          },
          { title: t.audit.target, line: 2, cell: (entry) => <code>{entry.target}</code> },
          {
            title: t.audit.members,
            line: null,
            cell: (entry) => <code>{entry.changed.join(" ")}</code>,
          },
          { title: t.audit.by, line: 2, cell: (entry) => <code>{entry.by}</code> },
          {
            title: t.audit.address,
            line: null,
            cell: ({ address }) => (address === null ? "–" : <code>{address}</code>),
          },
          {
            title: t.words.requestId,
            line: null,
            cell: ({ requestId }) =>
              requestId === null ? (
                "–"
              ) : (
                <Go to={`/logs${queryText({ requestId })}`}>
                  <code>{requestId}</code>
                </Go>
              ),
          },
          {
            title: t.words.time,
            line: 1,
            isRight: true,
            cell: (entry) => <Moment at={entry.at} />,
          },
        ]}
      />
      <SameCall
        command={commandOf("audit", ...flags)}
        call={{
          method: "GET",
          path: `/audit${queryText(filter)}`,
        }}
      />
    </ConsolePage>
  );
}
