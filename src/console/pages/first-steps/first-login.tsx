import { api, dataOf, segment } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { Moment } from "../../format/moment.tsx";
import { Status } from "../../parts/status.tsx";
import { Go, pathTo, queryText } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";

const EVERY_SECONDS = 2;

/** Waits for the first login of an app, and shows it. */
export function FirstLogin({ appid, isSandbox }: { appid: string; isSandbox: boolean }) {
  const { t } = useText();
  const { value } = useReading(
    `first-login ${appid}`,
    () => dataOf(api.apps({ appid: segment(appid) }).sessions.get({ query: { limit: 1 } })),
    { everySeconds: EVERY_SECONDS },
  );
  const session = value?.items[0];
  return (
    <p className="row first-login" role="status">
      {session === undefined ? (
        <>
          <Status tone="fair" word={t.firstSteps.waiting} />
          {isSandbox && <Go to="/sandbox">{t.firstSteps.toSandbox}</Go>}
        </>
      ) : (
        <>
          <Status tone="good" word={t.firstSteps.arrived} />
          <Go to={pathTo("users", appid, session.id) + queryText({ app: appid })}>
            <Moment at={session.loginAt} />
          </Go>
        </>
      )}
    </p>
  );
}
