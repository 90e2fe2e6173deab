import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { Moment } from "../../format/moment.tsx";
import { useServerFacts } from "../../frame/server-context.tsx";
import { CodeBlock } from "../../parts/code-block.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Facts } from "../../parts/facts.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { Status } from "../../parts/status.tsx";
import { useText } from "../../text/text.tsx";

/** The server as it runs, and how its configuration is read and changed. */
export default function SettingsPage() {
  const { t } = useText();
  const server = useServerFacts();
  const reload = useReading("last-reload", () => dataOf(api.server["last-reload"].get()));
  const { value: last } = reload;
  return (
    <ConsolePage title={t.menu.settings} purpose={t.settings.purpose}>
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
        </section>
      )}
      <section className="card">
        <h2>{t.settings.reload}</h2>
        {reload.error !== null && (
          <ErrorLines failed={t.settings.notRead} error={reload.error} retry={reload.reload} />
        )}
        {last !== undefined && (
          <p>
            {last.endedAt === null ? (
              t.settings.neverReloaded
            ) : (
              <>
                <Status
                  tone={last.failure === null ? "good" : "bad"}
                  word={last.failure ?? t.settings.reloaded}
                />{" "}
                <Moment at={last.endedAt} />
              </>
            )}
          </p>
        )}
        <p>{t.settings.configHint}</p>
        <CodeBlock
          label={t.sameCall.command}
          code={["waferd config print", "waferd config check", "waferd reload"].join("\n")}
        />
        <SameCall command="waferd status" call={{ method: "GET", path: "/server" }} />
      </section>
    </ConsolePage>
  );
}
