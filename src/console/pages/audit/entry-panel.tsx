import { Moment } from "../../format/moment.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Modal } from "../../parts/modal.tsx";
import { Go, queryText } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import type { AuditActionName } from "./actions.ts";

interface ShownEntry {
  at: string;
  action: AuditActionName;
  target: string;
  changed: readonly string[];
  by: string;
  address: string | null;
  requestId: string | null;
}

/** One change with all that is known of it. */
export function EntryPanel({ entry, onClose }: { entry: ShownEntry; onClose: () => void }) {
  const { t } = useText();
  const { at, action, target, changed, by, address, requestId } = entry;
  return (
    <Modal title={t.audit.actions[action]} look="panel" onClose={onClose}>
      <Facts
        facts={[
          [t.audit.target, <code key="target">{target}</code>],
          [t.audit.members, changed.length === 0 ? "–" : <code key="is">{changed.join(" ")}</code>],
          [t.audit.by, <code key="by">{by}</code>],
          [t.audit.address, address === null ? "–" : <code key="from">{address}</code>],
          [
            t.words.requestId,
            requestId === null ? (
              "–"
            ) : (
              <Go key="request" to={`/logs${queryText({ requestId })}`}>
                <code>{requestId}</code>
              </Go>
            ),
          ],
          [t.words.time, <Moment key="at" at={at} />],
        ]}
      />
    </Modal>
  );
}
