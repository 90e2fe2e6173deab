import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { useFormats } from "../../format/format.ts";
import { Moment } from "../../format/moment.tsx";
import { useServerFacts } from "../../frame/server-context.tsx";
import { useText } from "../../text/text.tsx";

/** The server in one line of facts. */
export function ServerLine() {
  const { t } = useText();
  const { number } = useFormats();
  const server = useServerFacts();
  const { value: backups } = useReading("last-backup", () => dataOf(api.backups.get()));
  const lastBackup = backups?.items[0]?.at;
  return (
    <p className="server-line">
      {server === undefined ? (
        <span className="bone" />
      ) : (
        <>
          <span>waferd {server.version}</span>
          <span>
            {t.settings.startedAt} <Moment at={server.startedAt} />
          </span>
          {server.workers !== null && (
            <span>
              {t.settings.workers} {number(server.workers.serving.length)}/
              {number(server.workers.configured)}
            </span>
          )}
          {server.certificate !== null && (
            <span>
              {t.settings.certificateEnds} <Moment at={server.certificate.validTo} />
            </span>
          )}
          {lastBackup !== undefined && (
            <span>
              {t.settings.lastBackup} <Moment at={lastBackup} />
            </span>
          )}
          <span>
            {t.settings.data} <code>{server.data}</code>
          </span>
        </>
      )}
    </p>
  );
}
