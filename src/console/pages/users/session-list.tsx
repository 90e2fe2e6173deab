import { useState } from "react";
import { api, dataOf, segment } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { Moment } from "../../format/moment.tsx";
import { Button } from "../../parts/button.tsx";
import { List } from "../../parts/list.tsx";
import { ShortId } from "../../parts/short-id.tsx";
import { Status } from "../../parts/status.tsx";
import { pathTo, queryText, usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { SessionPanel } from "./session-panel.tsx";
import { nameOfUser, SESSION_TONES } from "./session-words.ts";
import { UserRevocation } from "./user-revocation.tsx";

/**
 * The sessions of an app, or of the user of `?openid=`.
 *
 * @param appid null until the apps are known
 */
export function SessionList({ appid }: { appid: string | null }) {
  const { t } = useText();
  const { segments, query, go, setQuery } = usePlace();
  const [, openAppid, id] = segments;
  const [isRevoking, setRevoking] = useState(false);
  const openid = query.get("openid");
  const cursor = query.get("cursor");
  const reading = useReading(appid === null ? null : `sessions ${appid} ${openid} ${cursor}`, () =>
    dataOf(
      api.apps({ appid: segment(appid ?? "") }).sessions.get({
        query: { ...(openid !== null && { openid }), ...(cursor !== null && { cursor }) },
      }),
    ),
  );
  const kept = queryText({ app: query.get("app") ?? openAppid ?? null, openid, cursor });
  return (
    <>
      {openid !== null && (
        <div className="row">
          <span>
            {t.users.sessionsOf} <ShortId id={openid} label="openid" />
          </span>
          <Button variant="outline" onClick={() => setQuery({ openid: null })}>
            {t.users.allUsers}
          </Button>
          {(reading.value?.items.length ?? 0) > 0 && (
            <Button theme="danger" variant="outline" onClick={() => setRevoking(true)}>
              {t.users.revokeAll}
            </Button>
          )}
        </div>
      )}
      <List
        label={t.words.sessions}
        reading={reading}
        failed={t.users.notListed}
        keyOf={(session) => session.id}
        placeOfRow={(session) => pathTo("users", session.appid, session.id) + kept}
        isOpen={(session) => session.id === id}
        empty={<p>{openid === null ? t.users.empty : t.users.emptyOfUser}</p>}
        columns={[
          {
            title: t.users.user,
            line: 1,
            cell: (session) => nameOfUser(session.userInfo) ?? t.users.nameless,
          },
          {
            title: "openid",
            line: 2,
            cell: (session) => <ShortId id={session.openid} label="openid" />,
          },
          {
            title: t.words.state,
            line: 2,
            cell: (session) => (
              <Status tone={SESSION_TONES[session.state]} word={t.users.states[session.state]} />
            ),
          },
          {
            title: t.users.loginAt,
            line: null,
            isRight: true,
            cell: (session) => <Moment at={session.loginAt} />,
          },
          {
            title: t.users.lastVisitAt,
            line: 1,
            isRight: true,
            cell: (session) => <Moment at={session.lastVisitAt} />,
          },
        ]}
      />
      {openAppid !== undefined && id !== undefined && (
        <SessionPanel
          key={id}
          appid={openAppid}
          id={id}
          onClose={() => go(`/users${kept}`)}
          onChange={reading.reload}
        />
      )}
      {isRevoking && openid !== null && appid !== null && (
        <UserRevocation
          appid={appid}
          openid={openid}
          onClose={() => setRevoking(false)}
          onDone={() => {
            setRevoking(false);
            reading.reload();
          }}
        />
      )}
    </>
  );
}
