import { useEffect, useState } from "react";
import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { useFormats } from "../../format/format.ts";
import { MomentOrNone } from "../../format/moment.tsx";
import { Button } from "../../parts/button.tsx";
import { Choice } from "../../parts/choice.tsx";
import { Field } from "../../parts/field.tsx";
import { FilterForm } from "../../parts/filter-form.tsx";
import { List } from "../../parts/list.tsx";
import { ShortId } from "../../parts/short-id.tsx";
import { TextInput } from "../../parts/text-input.tsx";
import { pathTo, queryText, usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { nameOfUser } from "./session-words.ts";

/** The ways to find a user, as the API names them. */
const WAYS = ["nickname", "openid", "unionid", "session"] as const;
type Way = (typeof WAYS)[number];

/** A search, which the address has as `?by=` and `?find=`. */
export interface SoughtUser {
  by: Way;
  find: string;
}

/** Returns the search of the address; null without one. */
export function soughtUser(query: URLSearchParams): SoughtUser | null {
  const by = WAYS.find((way) => way === query.get("by"));
  const find = query.get("find");
  return by === undefined || find === null ? null : { by, find };
}

/** Asks for a user, of all apps. */
export function UserSearchForm({ sought }: { sought: SoughtUser | null }) {
  const { t } = useText();
  const { setQuery } = usePlace();
  const [by, setBy] = useState<Way>(sought?.by ?? WAYS[0]);
  const [text, setText] = useState(sought?.find ?? "");
  useEffect(() => {
    setText(sought?.find ?? "");
    if (sought !== null) setBy(sought.by);
  }, [sought?.by, sought?.find, sought]);
  const submit = () => {
    const find = text.trim();
    setQuery({ by: find && by, find, openid: null });
  };
  return (
    <FilterForm onSubmit={submit}>
      <Field label={t.users.findBy}>
        <Choice
          value={by}
          onChange={setBy}
          options={WAYS.map((value) => ({ value, text: t.users.ways[value] }))}
        />
      </Field>
      <Field label={t.users.ways[by]}>
        <TextInput value={text} onChange={setText} />
      </Field>
      <Button type="submit" variant="outline">
        {t.users.find}
      </Button>
      {sought !== null && (
        <Button
          type="button"
          variant="text"
          onClick={() => setQuery({ by: null, find: null, openid: null })}
        >
          {t.words.all}
        </Button>
      )}
    </FilterForm>
  );
}

/** The users that were found, one for each app, and how far the server looked. */
export function FoundUserList({ sought: { by, find } }: { sought: SoughtUser }) {
  const { t } = useText();
  const { number } = useFormats();
  const { query } = usePlace();
  const cursor = query.get("cursor");
  const reading = useReading(`users ${by} ${find} ${cursor}`, () =>
    dataOf(api.users.get({ query: { [by]: find, ...(cursor !== null && { cursor }) } })),
  );
  const { value } = reading;
  return (
    <>
      <List
        label={t.users.found}
        reading={reading}
        failed={t.users.notFound}
        keyOf={(user) => `${user.appid} ${user.openid}`}
        placeOfRow={({ appid, openid }) => pathTo("users") + queryText({ app: appid, openid })}
        empty={<p>{t.users.nobody}</p>}
        columns={[
          {
            title: t.users.user,
            line: 1,
            cell: (user) => nameOfUser(user.userInfo) ?? t.users.nameless,
          },
          { title: "AppID", line: 2, cell: (user) => <code>{user.appid}</code> },
          {
            title: "openid",
            line: 2,
            cell: (user) => <ShortId id={user.openid} label="openid" />,
          },
          {
            title: t.words.sessions,
            line: null,
            isRight: true,
            cell: (user) => number(user.sessions.length) + (user.moreSessions ? "+" : ""),
          },
          {
            title: t.users.lastVisitAt,
            line: 1,
            isRight: true,
            cell: (user) => (
              <MomentOrNone
                at={
                  user.sessions
                    .map(({ lastVisitAt }) => lastVisitAt)
                    .toSorted()
                    .at(-1) ?? null
                }
              />
            ),
          },
        ]}
      />
      {value !== undefined && (
        <p className="hint">
          {t.users.searched(number(value.searched))}
          {!value.complete && t.users.searchGoesOn}
        </p>
      )}
    </>
  );
}
