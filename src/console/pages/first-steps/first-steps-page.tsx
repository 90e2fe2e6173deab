import { useApps } from "../../client/use-apps.ts";
import { useServerFacts } from "../../frame/server-context.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { Status } from "../../parts/status.tsx";
import { Go, queryText, usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { AppForm } from "../apps/app-form.tsx";
import { FirstLogin } from "./first-login.tsx";
import { Snippets } from "./snippets.tsx";

/** From the admin key to the first login. */
export default function FirstStepsPage() {
  const { t } = useText();
  const { query, go } = usePlace();
  const server = useServerFacts();
  const apps = useApps();
  const known = apps.value?.items ?? [];
  const asked = query.get("app");
  const app = known.find(({ appid }) => appid === asked) ?? known.at(-1);
  const choose = (appid: string) => go(`/first-steps${queryText({ app: appid })}`);
  return (
    <ConsolePage title={t.firstSteps.title} purpose={t.firstSteps.purpose}>
      <ol className="steps">
        <li className="card">
          <h2>{t.firstSteps.signIn}</h2>
          <Status tone="good" word={t.firstSteps.signedIn} />
        </li>
        <li className="card">
          <h2>{t.firstSteps.app}</h2>
          {apps.error !== null && (
            <ErrorLines failed={t.apps.notListed} error={apps.error} retry={apps.reload} />
          )}
          {app !== undefined && !query.has("add") ? (
            <p className="row">
              <Status tone="good" word={t.firstSteps.added(app.title || app.appid)} />
              <Go to="/first-steps?add=1">{t.firstSteps.addAnother}</Go>
            </p>
          ) : (
            apps.value !== undefined && (
              <>
                <p>{t.firstSteps.appHint}</p>
                <AppForm
                  onDone={(appid) => {
                    apps.reload();
                    choose(appid);
                  }}
                />
                {server?.sandbox === true ? (
                  <p>
                    <Go to="/sandbox">{t.firstSteps.toSandbox}</Go>
                  </p>
                ) : (
                  <p className="hint">
                    {t.firstSteps.trySandbox} <code>waferd serve --sandbox</code>
                  </p>
                )}
              </>
            )
          )}
        </li>
        <li className="card">
          <h2>{t.firstSteps.connect}</h2>
          {app === undefined ? (
            <p className="hint">{t.firstSteps.connectLater}</p>
          ) : (
            <>
              <FirstLogin key={app.appid} appid={app.appid} isSandbox={server?.sandbox === true} />
              <Snippets appid={app.appid} server={server?.url ?? location.origin} />
            </>
          )}
        </li>
      </ol>
    </ConsolePage>
  );
}
