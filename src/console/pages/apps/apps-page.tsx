import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { Moment } from "../../format/moment.tsx";
import { Button } from "../../parts/button.tsx";
import { List } from "../../parts/list.tsx";
import { Modal } from "../../parts/modal.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { ShortId } from "../../parts/short-id.tsx";
import { pathTo, queryText, usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { AppForm } from "./app-form.tsx";
import { AppPanel } from "./app-panel.tsx";
import { useDurationText } from "./duration-text.ts";

/** Mini programs and official accounts. */
export default function AppsPage() {
  const { t } = useText();
  const { segments, query, go, setQuery } = usePlace();
  const durationText = useDurationText();
  const cursor = query.get("cursor");
  const reading = useReading(`apps ${cursor}`, () =>
    dataOf(api.apps.get({ query: cursor === null ? {} : { cursor } })),
  );
  const [, appid] = segments;
  const kept = queryText({ cursor });
  const close = () => go(`/apps${kept}`);
  const add = <Button onClick={() => setQuery({ add: "1", cursor })}>{t.apps.add}</Button>;
  return (
    <ConsolePage title={t.menu.apps} purpose={t.apps.purpose} actions={add}>
      <List
        label={t.menu.apps}
        reading={reading}
        failed={t.apps.notListed}
        keyOf={(app) => app.appid}
        placeOfRow={(app) => pathTo("apps", app.appid) + kept}
        isOpen={(app) => app.appid === appid}
        empty={
          <>
            <p>{t.apps.empty}</p>
            <Button onClick={() => go("/first-steps")}>{t.firstSteps.title}</Button>
          </>
        }
        columns={[
          { title: t.words.name, line: 1, cell: (app) => app.title || app.appid },
          {
            title: "AppID",
            line: 2,
            cell: (app) => <ShortId id={app.appid} label="AppID" />,
          },
          {
            title: t.apps.loginDuration,
            line: null,
            isRight: true,
            cell: (app) => durationText(app.loginDurationDays * 86_400),
          },
          {
            title: t.apps.sessionDuration,
            line: null,
            isRight: true,
            cell: (app) => durationText(app.sessionDurationSeconds),
          },
          {
            title: t.apps.tokenEndpoint,
            line: null,
            cell: (app) => t.apps.tokenEndpoints[app.tokenEndpoint],
          },
          {
            title: t.words.changed,
            line: 1,
            isRight: true,
            cell: (app) => <Moment at={app.updatedAt} />,
          },
        ]}
      />
      {query.has("add") && (
        <Modal title={t.apps.addTitle} look="panel" onClose={close}>
          <AppForm
            onDone={(made) => {
              reading.reload();
              go(pathTo("apps", made));
            }}
          />
        </Modal>
      )}
      {appid !== undefined && (
        <AppPanel key={appid} appid={appid} onClose={close} onChange={reading.reload} />
      )}
    </ConsolePage>
  );
}
