import { useText } from "../text/text.tsx";
import { CodeBlock } from "./code-block.tsx";
import { curlOf } from "./shell.ts";

type Call = Parameters<typeof curlOf>[1];

const KEY_HEADER =
  "sed 's/^/Authorization: Bearer /;q' data/admin.key > key-header; chmod 600 key-header";

/** The same step as the page's, for a shell: the command line of waferd, and curl. */
export function SameCall({ command, call }: { command: string | null; call: Call }) {
  const { t } = useText();
  return (
    <details className="same-call">
      <summary>{t.sameCall.title}</summary>
      {command !== null && <CodeBlock label={t.sameCall.command} code={command} />}
      <CodeBlock label="curl" code={curlOf(location.origin, call)} />
      <p className="hint">
        {t.sameCall.keyHeader} <code>{KEY_HEADER}</code>
      </p>
    </details>
  );
}
