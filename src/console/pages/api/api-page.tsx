import { CodeBlock } from "../../parts/code-block.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { curlOf } from "../../parts/shell.ts";
import { useText } from "../../text/text.tsx";

/** The way to the documentation of the API, which is a page of its own. */
export default function ApiPage() {
  const { t, language } = useText();
  return (
    <ConsolePage title={t.menu.api} purpose={t.api.purpose}>
      <section className="card">
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
        <CodeBlock label="curl" code={curlOf(location.origin, { method: "GET", path: "/apps" })} />
      </section>
    </ConsolePage>
  );
}
