import { Button } from "../../parts/button.tsx";
import { CodeBlock } from "../../parts/code-block.tsx";
import { quoted } from "../../parts/shell.ts";
import { useText } from "../../text/text.tsx";

/** A key that was just made: it is shown here and never again. */
export function MadeKey({
  made: { key, apps },
  onClose,
}: {
  made: { key: string; apps: readonly string[] };
  onClose: () => void;
}) {
  const { t } = useText();
  const [first = ""] = apps;
  const [corpid, agentid] = first.split(":");
  const path = agentid === undefined ? `apps/${first}` : `work-agents/${corpid}/${agentid}`;
  const curl = `export WAFERD_KEY=${quoted(key)}
curl ${location.origin}/api/v1/${path}/credentials/access-token -H "Authorization: Bearer $WAFERD_KEY"`;
  return (
    <div className="stack">
      <p role="status">{t.keys.made}</p>
      <CodeBlock label={t.keys.key} code={key} />
      <CodeBlock label="curl" code={curl} />
      <div className="row">
        <Button onClick={onClose}>{t.keys.kept}</Button>
      </div>
    </div>
  );
}
