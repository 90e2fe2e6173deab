import { Moment } from "../../format/moment.tsx";
import { useServerFacts } from "../../frame/server-context.tsx";
import { Facts } from "../../parts/facts.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { Status } from "../../parts/status.tsx";
import { useText } from "../../text/text.tsx";

/** The facts of the server, its certificate and its workers. */
export function Server() {
  const { t } = useText();
  const server = useServerFacts();
  const certificate = server?.certificate;
  return (
    <>
      <section className="card">
        <h2>{t.settings.server}</h2>
        {server === undefined ? (
          <span className="bone" />
        ) : (
          <Facts
            facts={[
              [t.settings.version, server.version],
              [t.settings.address, server.url === null ? "–" : <code key="url">{server.url}</code>],
              [t.settings.data, <code key="data">{server.data}</code>],
              [t.settings.startedAt, <Moment key="started" at={server.startedAt} />],
              [t.settings.mode, server.sandbox ? t.settings.sandbox : t.settings.production],
            ]}
          />
        )}
      </section>
      {certificate && (
        <section className="card">
          <h2>{t.settings.certificate}</h2>
          <Facts
            facts={[
              [t.settings.certificateOf, <code key="subject">{certificate.subject}</code>],
              [t.settings.certificateNames, <code key="names">{certificate.names.join(" ")}</code>],
              [t.settings.certificateBy, <code key="issuer">{certificate.issuer}</code>],
              [t.settings.certificateEnds, <Moment key="ends" at={certificate.validTo} />],
            ]}
          />
        </section>
      )}
      {server?.workers && (
        <section className="card">
          <h2>{t.settings.workers}</h2>
          <ul className="rows">
            {server.workers.serving.map(({ pid, startedAt }) => (
              <li key={pid}>
                <Status tone="good" word={t.settings.worker(String(pid))} />
                <span className="right">
                  <Moment at={startedAt} />
                </span>
              </li>
            ))}
          </ul>
          <SameCall command="waferd status" call={{ method: "GET", path: "/server" }} />
        </section>
      )}
    </>
  );
}
