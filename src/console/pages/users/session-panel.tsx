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
import { Status } from "../../parts/status.tsx";
import { Go, pathTo, queryText } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { nameOfUser, SESSION_TONES } from "./session-words.ts";

/** One session with its user's profile, and its end. */
export function SessionPanel({
  appid,
  id,
  onClose,
  onChange,
}: {
  appid: string;
  id: string;
  onClose: () => void;
  onChange: () => void;
}) {
  const { t } = useText();
  const say = useNotice();
  const session = api.apps({ appid: segment(appid) }).sessions({ id: segment(id) });
  const { value, error, reload } = useReading(`session ${appid} ${id}`, () =>
    dataOf(session.get()),
  );
  const [isRevoking, setRevoking] = useState(false);
  const name = value === undefined ? null : nameOfUser(value.userInfo);
  const profile = Object.entries(value?.userInfo ?? {});
  return (
    <Modal title={name ?? t.users.session} look="panel" onClose={onClose}>
      {error !== null && <ErrorLines failed={t.users.notRead} error={error} retry={reload} />}
      {value !== undefined && (
        <div className="stack">
          <Facts
            facts={[
              [
                t.words.state,
                <Status
                  key="state"
                  tone={SESSION_TONES[value.state]}
                  word={t.users.states[value.state]}
                />,
              ],
              ["session id", <ShortId key="id" id={value.id} label="session id" />],
              ["openid", <ShortId key="openid" id={value.openid} label="openid" />],
              [
                "unionid",
                value.unionid === null ? (
                  "–"
                ) : (
                  <ShortId key="unionid" id={value.unionid} label="unionid" />
                ),
              ],
              [t.users.loginAt, <Moment key="login" at={value.loginAt} />],
              [t.users.lastVisitAt, <Moment key="visit" at={value.lastVisitAt} />],
              [t.users.expiresAt, <Moment key="expiry" at={value.expiresAt} />],
            ]}
          />
          <p>
            <Go to={pathTo("users") + queryText({ app: appid, openid: value.openid })}>
              {t.users.allOfUser}
            </Go>
          </p>
          <h3>{t.users.profile}</h3>
          <Facts
            facts={profile.map(([member, content]) => [
              member,
              typeof content === "string" ? content : JSON.stringify(content),
            ])}
          />
          <h3>{t.apps.more}</h3>
          <div className="row">
            <Button theme="danger" variant="outline" onClick={() => setRevoking(true)}>
              {t.users.revoke}
            </Button>
          </div>
          {isRevoking && (
            <Question
              title={t.users.revokeTitle}
              verb={t.users.revoke}
              failed={t.users.notRevoked}
              act={() => answerOf(session.delete())}
              onClose={() => setRevoking(false)}
              onDone={() => {
                say(t.users.revoked("1"));
                onChange();
                onClose();
              }}
            >
              <p>{t.users.revokeConsequence}</p>
              <SameCall
                command={commandOf("session", "revoke", appid, id)}
                call={{
                  method: "DELETE",
                  path: `/apps/${segment(appid)}/sessions/${segment(id)}`,
                }}
              />
            </Question>
          )}
        </div>
      )}
    </Modal>
  );
}
