import { useEffect, useState } from "react";
import { api, dataOf, segment } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { Moment } from "../../format/moment.tsx";
import { useChosenApp } from "../../frame/app-choice.tsx";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { FilterForm } from "../../parts/filter-form.tsx";
import { List } from "../../parts/list.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { ShortId } from "../../parts/short-id.tsx";
import { Status } from "../../parts/status.tsx";
import { TextInput } from "../../parts/text-input.tsx";
import { Go, pathTo, queryText, usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { SessionPanel } from "./session-panel.tsx";
import { nameOfUser, SESSION_TONES } from "./session-words.ts";
import { UserRevocation } from "./user-revocation.tsx";

/** The sessions of an app, or of one of its users. */
export default function UsersPage() {
  const { t } = useText();
  const { segments, query, go, setQuery } = usePlace();
  const { appid, isKnown } = useChosenApp();
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
  if (appid === null && isKnown)
    return (
      <ConsolePage title={t.menu.users} purpose={t.users.purpose}>
        <div className="empty">
          <p>{t.users.noApp}</p>
          <Go to="/first-steps">{t.firstSteps.title}</Go>
        </div>
      </ConsolePage>
    );
  return (
    <ConsolePage title={t.menu.users} purpose={t.users.purpose}>
      <OpenidFilter openid={openid} onFilter={(value) => setQuery({ openid: value })} />
      {openid !== null && (reading.value?.items.length ?? 0) > 0 && (
        <p className="row">
          <Button theme="danger" variant="outline" onClick={() => setRevoking(true)}>
            {t.users.revokeAll}
          </Button>
        </p>
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
    </ConsolePage>
  );
}

function OpenidFilter({
  openid,
  onFilter,
}: {
  openid: string | null;
  onFilter: (openid: string | null) => void;
}) {
  const { t } = useText();
  const [text, setText] = useState(openid ?? "");
  useEffect(() => setText(openid ?? ""), [openid]);
  const submit = () => {
    onFilter(text.trim() || null);
  };
  return (
    <FilterForm onSubmit={submit}>
      <Field label="openid">
        <TextInput value={text} onChange={setText} />
      </Field>
      <Button type="submit" variant="outline">
        {t.words.search}
      </Button>
      {openid !== null && (
        <Button type="button" variant="text" onClick={() => onFilter(null)}>
          {t.words.all}
        </Button>
      )}
    </FilterForm>
  );
}
