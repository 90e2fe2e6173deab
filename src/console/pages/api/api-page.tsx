import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { CodeBlock } from "../../parts/code-block.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { curlOf } from "../../parts/shell.ts";
import { useText } from "../../text/text.tsx";

/** The way to the documentation of the API, which is a page of its own. */
export default function ApiPage() {
  const { t, language } = useText();
  const { value: config, error } = useReading("config", () => dataOf(api.server.config.get()));
  const isServed = config?.items.find(({ name }) => name === "EnableDocs")?.value;
  return (
    <ConsolePage title={t.menu.api} purpose={t.api.purpose}>
      <section className="card">
        {error !== null && <ErrorLines failed={t.settings.configNotRead} error={error} />}
        {isServed === undefined && error === null && <span className="bone" />}
        {isServed === false && <p>{t.api.notServed}</p>}
        {isServed === true && (
          <>
            <p>
              <a href={`/docs?lang=${language}`} target="_blank" rel="noopener">
                {t.api.open}
              </a>
            </p>
            <p>
              <a href={`/openapi.json?lang=${language}`} target="_blank" rel="noopener">
                {t.api.document}
              </a>
            </p>
            <p>{t.api.keyHint}</p>
          </>
        )}
        <CodeBlock label="curl" code={curlOf(location.origin, { method: "GET", path: "/apps" })} />
      </section>
    </ConsolePage>
  );
}
