import { useState } from "react";
import { answerOf, api, dataOf, segment } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { Moment } from "../../format/moment.tsx";
import { Button } from "../../parts/button.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Modal } from "../../parts/modal.tsx";
import { useNotice } from "../../parts/notice.tsx";
import { Question } from "../../parts/question.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { ShortId } from "../../parts/short-id.tsx";
import { Go, pathTo, queryText } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";

/** One key without the key itself, and its end. */
export function KeyPanel({
  id,
  onClose,
  onChange,
}: {
  id: string;
  onClose: () => void;
  onChange: () => void;
}) {
  const { t } = useText();
  const say = useNotice();
  const key = api["service-keys"]({ id: segment(id) });
  const { value, error, reload } = useReading(`key ${id}`, () => dataOf(key.get()));
  const [isRevoking, setRevoking] = useState(false);
  const moment = (at: string | null) => (at === null ? t.words.never : <Moment at={at} />);
  return (
    <Modal title={value?.title ?? id} look="panel" onClose={onClose}>
      {error !== null && <ErrorLines failed={t.keys.notRead} error={error} retry={reload} />}
      {value !== undefined && (
        <div className="stack">
          <Facts
            facts={[
              ["id", <ShortId key="id" id={id} label="id" />],
              [
                t.keys.allows,
                <code key="allows">{[...value.capabilities, ...(value.paths ?? [])].join(" ")}</code>,
              ],
              [t.keys.apps, <code key="apps">{value.apps.join(" ")}</code>],
              [t.words.created, <Moment key="created" at={value.createdAt} />],
              [t.keys.expiresAt, moment(value.expiresAt)],
              [t.keys.lastUsedAt, moment(value.lastUsedAt)],
              [t.keys.lastUsedFrom, value.lastUsedFrom ?? "–"],
            ]}
          />
          <p>
            <Go to={pathTo("audit") + queryText({ by: id })}>{t.keys.changes}</Go>
          </p>
          <div className="row">
            <Button theme="danger" variant="outline" onClick={() => setRevoking(true)}>
              {t.keys.revoke}
            </Button>
          </div>
          {isRevoking && (
            <Question
              title={t.keys.revokeTitle(value.title)}
              verb={t.keys.revoke}
              typed={value.title}
              failed={t.keys.notRevoked}
              act={() => answerOf(key.delete())}
              onClose={() => setRevoking(false)}
              onDone={() => {
                say(t.keys.revoked(value.title));
                onChange();
                onClose();
              }}
            >
              <p>{t.keys.revokeConsequence}</p>
              <SameCall
                command={commandOf("key", "revoke", id)}
                call={{ method: "DELETE", path: `/service-keys/${id}` }}
              />
            </Question>
          )}
        </div>
      )}
    </Modal>
  );
}
