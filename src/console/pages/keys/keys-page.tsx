import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { Moment, useNow } from "../../format/moment.tsx";
import { Button } from "../../parts/button.tsx";
import { List } from "../../parts/list.tsx";
import { Modal } from "../../parts/modal.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { Status } from "../../parts/status.tsx";
import { pathTo, queryText, usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { KeyMaking } from "./key-making.tsx";
import { KeyPanel } from "./key-panel.tsx";

/** Keys of business servers. */
export default function KeysPage() {
  const { t } = useText();
  const now = useNow();
  const { segments, query, go, setQuery } = usePlace();
  const cursor = query.get("cursor");
  const reading = useReading(`keys ${cursor}`, () =>
    dataOf(api["service-keys"].get({ query: cursor === null ? {} : { cursor } })),
  );
  const [, id] = segments;
  const kept = queryText({ cursor });
  const close = () => go(`/keys${kept}`);
  const add = <Button onClick={() => setQuery({ add: "1", cursor })}>{t.keys.make}</Button>;
  const isOver = (expiresAt: string | null) => expiresAt !== null && Date.parse(expiresAt) <= now;
  return (
    <ConsolePage title={t.menu.keys} purpose={t.keys.purpose} actions={add}>
      <List
        label={t.menu.keys}
        reading={reading}
        failed={t.keys.notListed}
        keyOf={(key) => key.id}
        placeOfRow={(key) => pathTo("keys", key.id) + kept}
        isOpen={(key) => key.id === id}
        empty={
          <>
            <p>{t.keys.empty}</p>
            <Button onClick={() => setQuery({ add: "1" })}>{t.keys.make}</Button>
          </>
        }
        columns={[
          { title: t.words.name, line: 1, cell: (key) => key.title },
          {
            title: t.words.state,
            line: 2,
            cell: (key) =>
              isOver(key.expiresAt) ? (
                <Status tone="bad" word={t.keys.expired} />
              ) : (
                <Status tone="good" word={t.keys.valid} />
              ),
          },
          { title: t.keys.apps, line: null, cell: (key) => <AppNames apps={key.apps} /> },
          {
            title: t.keys.allows,
            line: 2,
            cell: (key) => <code>{key.capabilities.join(" ")}</code>,
          },
          {
            title: t.keys.expiresAt,
            line: null,
            isRight: true,
            cell: (key) => (key.expiresAt === null ? t.words.never : <Moment at={key.expiresAt} />),
          },
          {
            title: t.keys.lastUsedAt,
            line: 1,
            isRight: true,
            cell: (key) =>
              key.lastUsedAt === null ? t.words.never : <Moment at={key.lastUsedAt} />,
          },
        ]}
      />
      {query.has("add") && (
        <Modal title={t.keys.make} look="panel" onClose={close}>
          <KeyMaking onMade={reading.reload} onClose={close} />
        </Modal>
      )}
      {id !== undefined && <KeyPanel key={id} id={id} onClose={close} onChange={reading.reload} />}
    </ConsolePage>
  );
}

/** The first app of a key, and how many there are beside it. */
const AppNames = ({ apps }: { apps: readonly string[] }) => (
  <span title={apps.join(", ")}>
    <code>{apps[0]}</code>
    {apps.length > 1 && ` +${apps.length - 1}`}
  </span>
);
