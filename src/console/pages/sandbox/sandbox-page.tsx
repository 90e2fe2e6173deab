import { type FormEvent, useState } from "react";
import { type SandboxExchange, sandboxCall } from "../../client/sandbox.ts";
import { useAction } from "../../client/use-action.ts";
import { useApps } from "../../client/use-apps.ts";
import { NotFound } from "../../frame/not-found.tsx";
import { useServerFacts } from "../../frame/server-context.tsx";
import { Button } from "../../parts/button.tsx";
import { Choice } from "../../parts/choice.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Field } from "../../parts/field.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { TextInput } from "../../parts/text-input.tsx";
import { queryText } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { FaultButtons } from "./faults.tsx";
import type { PhoneStep } from "./phone-step.ts";
import { PhoneSteps } from "./steps.tsx";

/** Members of answers by which one step leads to the next. */
interface Answer {
  code?: string;
  id?: string;
  skey?: string;
  encryptedData?: string;
  iv?: string;
}

/** Plays the mini program up to a session that the server has verified. */
async function logIn(appid: string, user: string, add: (step: PhoneStep) => void): Promise<void> {
  const step = async (name: PhoneStep["name"], call: Promise<SandboxExchange>): Promise<Answer> => {
    const done = await call;
    add({ name, ...done });
    return done.status < 300 ? (done.answer as Answer) : {};
  };
  const { code, encryptedData, iv } = await step(
    "code",
    sandboxCall("GET", `/sandbox/login${queryText({ user, appid })}`),
  );
  if (code === undefined) return;
  const { id, skey } = await step(
    "login",
    sandboxCall("POST", "/api/v1/sessions", { appid, code, encryptedData, iv }),
  );
  if (id === undefined) return;
  await step("verify", sandboxCall("POST", `/api/v1/sessions/${id}/verify`, { skey }));
}

/** Has a user share the phone number. */
async function sharePhone(
  appid: string,
  user: string,
  add: (step: PhoneStep) => void,
): Promise<void> {
  const given = await sandboxCall("GET", `/sandbox/phone-code${queryText({ user, appid })}`);
  add({ name: "phoneCode", ...given });
  if (given.status >= 300) return;
  const { code } = given.answer as Answer;
  const path = `/api/v1/apps/${encodeURIComponent(appid)}/phone-number`;
  add({ name: "phone", ...(await sandboxCall("POST", path, { code })) });
}

/** A phone for the simulated WeChat. */
export default function SandboxPage() {
  const { t } = useText();
  const server = useServerFacts();
  const apps = useApps();
  const [chosen, setChosen] = useState("");
  const [user, setUser] = useState("alice");
  const [steps, setSteps] = useState<readonly PhoneStep[]>([]);
  const appid = chosen || apps.value?.items[0]?.appid || "";
  const add = (step: PhoneStep) => setSteps((before) => [...before, step]);
  const { run, isBusy, error } = useAction(async (play: typeof logIn) => {
    setSteps([]);
    await play(appid, user.trim(), add);
  });
  if (server?.sandbox === false) return <NotFound />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(logIn);
  };
  const isReady = appid !== "" && user.trim() !== "";
  return (
    <ConsolePage title={t.menu.sandbox} purpose={t.sandbox.purpose}>
      <div className="columns">
        <section className="card">
          <h2>{t.sandbox.phone}</h2>
          <form className="stack" onSubmit={submit} aria-busy={apps.value === undefined}>
            <Field label={t.frame.app}>
              <Choice
                value={appid}
                onChange={setChosen}
                options={(apps.value?.items ?? []).map((app) => ({
                  value: app.appid,
                  text: app.title || app.appid,
                }))}
              />
            </Field>
            <Field label={t.sandbox.user} hint={t.sandbox.userHint}>
              <TextInput value={user} onChange={setUser} />
            </Field>
            <div className="row">
              <Button type="submit" disabled={!isReady} loading={isBusy}>
                {t.sandbox.logIn}
              </Button>
              <Button
                type="button"
                variant="outline"
                disabled={!isReady || isBusy}
                onClick={() => run(sharePhone)}
              >
                {t.sandbox.sharePhone}
              </Button>
            </div>
            {error !== null && <ErrorLines failed={t.sandbox.failed} error={error} />}
          </form>
        </section>
        <FaultButtons appid={appid} />
      </div>
      <PhoneSteps steps={steps} />
    </ConsolePage>
  );
}
