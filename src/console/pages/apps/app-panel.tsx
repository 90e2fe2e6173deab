import { useState } from "react";
import { answerOf, api, dataOf, segment } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { useFormats } from "../../format/format.ts";
import { Moment } from "../../format/moment.tsx";
import { Button } from "../../parts/button.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Modal } from "../../parts/modal.tsx";
import { ShortId } from "../../parts/short-id.tsx";
import { Usage } from "../../parts/usage.tsx";
import { Go, pathTo, queryText } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { AppRemoval } from "./app-removal.tsx";
import { AppSecretForm } from "./app-secret-form.tsx";
import { AppSettingsForm } from "./app-settings-form.tsx";
import { AppSignOut } from "./app-sign-out.tsx";

/** One app: its counts, its settings, its secret, and its end. */
export function AppPanel({
  appid,
  onClose,
  onChange,
}: {
  appid: string;
  onClose: () => void;
  onChange: () => void;
}) {
  const { t } = useText();
  const { number } = useFormats();
  const app = api.apps({ appid: segment(appid) });
  const reading = useReading(`app ${appid}`, () => answerOf(app.get()));
  const stats = useReading(`app-stats ${appid}`, () => dataOf(app.stats.get()));
  const [step, setStep] = useState<"secret" | "signOut" | "removal" | null>(null);
  const { value, error, reload } = reading;
  const changed = () => {
    setStep(null);
    reload();
    onChange();
  };
  return (
    <Modal title={value?.data.title || appid} look="panel" onClose={onClose}>
      {error !== null && <ErrorLines failed={t.apps.notRead} error={error} retry={reload} />}
      {value !== undefined && (
        <div className="stack">
          <Facts
            facts={[
              ["AppID", <ShortId key="id" id={appid} label="AppID" />],
              [
                t.words.sessions,
                <Go key="users" to={pathTo("users") + queryText({ app: appid })}>
                  {stats.value === undefined ? "…" : number(stats.value.sessions)}
                </Go>,
              ],
              [t.words.created, <Moment key="created" at={value.data.createdAt} />],
              [t.words.changed, <Moment key="changed" at={value.data.updatedAt} />],
            ]}
          />
          <Usage owner={appid} kinds={["logins", "verifications", "calls"]} />
          <h3>{t.apps.settings}</h3>
          <AppSettingsForm key={value.etag} app={value.data} etag={value.etag} onDone={changed} />
          <h3>{t.apps.more}</h3>
          <div className="row">
            <Button variant="outline" onClick={() => setStep("secret")}>
              {t.apps.replaceSecret}
            </Button>
            <Button variant="outline" theme="danger" onClick={() => setStep("signOut")}>
              {t.apps.signOut}
            </Button>
            <Button variant="outline" theme="danger" onClick={() => setStep("removal")}>
              {t.apps.remove}
            </Button>
          </div>
          {step === "secret" && (
            <AppSecretForm
              appid={appid}
              etag={value.etag}
              onDone={changed}
              onClose={() => setStep(null)}
            />
          )}
          {step === "signOut" && (
            <AppSignOut
              app={value.data}
              sessions={stats.value?.sessions ?? null}
              onClose={() => setStep(null)}
              onDone={() => {
                setStep(null);
                stats.reload();
              }}
            />
          )}
          {step === "removal" && (
            <AppRemoval
              app={value.data}
              etag={value.etag}
              sessions={stats.value?.sessions ?? null}
              onClose={() => setStep(null)}
              onDone={() => {
                onChange();
                onClose();
              }}
            />
          )}
        </div>
      )}
    </Modal>
  );
}
