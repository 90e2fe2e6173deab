import { useFormats } from "../../format/format.ts";
import { CodeBlock } from "../../parts/code-block.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Modal } from "../../parts/modal.tsx";
import { Go, queryText } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import type { ShownLine } from "./log-line.ts";

/** One line with all of its fields, and the way to the other lines of its request. */
export function LinePanel({ line, onClose }: { line: ShownLine; onClose: () => void }) {
  const { t } = useText();
  const { exact } = useFormats();
  const { level, time, msg, fields } = line;
  const { requestId, appid } = fields;
  return (
    <Modal title={msg} look="panel" onClose={onClose}>
      <div className="stack">
        <Facts
          facts={[
            [t.words.time, exact(Date.parse(time))],
            [t.logs.level, level],
            ...Object.entries(fields).map(
              ([name, value]) =>
                [name, typeof value === "string" ? value : JSON.stringify(value)] as const,
            ),
          ]}
        />
        <p className="row">
          {typeof requestId === "string" && (
            <Go to={`/logs${queryText({ requestId })}`} onClick={onClose}>
              {t.logs.ofRequest}
            </Go>
          )}
          {typeof appid === "string" && (
            <Go to={`/logs${queryText({ app: appid })}`} onClick={onClose}>
              {t.logs.ofApp}
            </Go>
          )}
        </p>
        <CodeBlock label="JSON" code={JSON.stringify({ level, time, ...fields, msg }, null, 2)} />
      </div>
    </Modal>
  );
}
