import { type FormEvent, useState } from "react";
import { type AppRefusal, type NewAppInput, registerApp } from "../../client/app-registration.ts";
import { useAction } from "../../client/use-action.ts";
import { Button } from "../../parts/button.tsx";
import { CheckBox } from "../../parts/check-box.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Field } from "../../parts/field.tsx";
import { useNotice } from "../../parts/notice.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { TextInput } from "../../parts/text-input.tsx";
import { useText } from "../../text/text.tsx";
import { AppRefusalLines } from "./app-refusal.tsx";

const APPID = /^[A-Za-z0-9_-]{1,200}$/;

/** Asks for an app, checks it at WeChat, and registers it. */
export function AppForm({ onDone }: { onDone: (appid: string) => void }) {
  const { t } = useText();
  const say = useNotice();
  const [appid, setAppid] = useState("");
  const [secret, setSecret] = useState("");
  const [title, setTitle] = useState("");
  const [isUnchecked, setUnchecked] = useState(false);
  const [isTried, setTried] = useState(false);
  const [refusal, setRefusal] = useState<AppRefusal | null>(null);
  const { run, isBusy, error } = useAction(async (given: NewAppInput, isChecked: boolean) => {
    setRefusal(null);
    const refused = await registerApp(given, isChecked);
    setRefusal(refused);
    if (refused !== null) return;
    say(t.apps.added(given.title || given.appid));
    onDone(given.appid);
  });
  const input = { appid: appid.trim(), secret: secret.trim(), title: title.trim() };
  const faults = {
    appid: APPID.test(input.appid) ? null : t.apps.appidFault,
    secret: input.secret === "" ? t.apps.secretMissing : null,
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (faults.appid !== null || faults.secret !== null) return;
    await run(input, !isUnchecked);
  };
  return (
    <form className="stack" onSubmit={submit}>
      <Field label="AppID" hint={t.apps.appidHint} error={isTried ? faults.appid : null}>
        <TextInput value={appid} onChange={setAppid} />
      </Field>
      <Field label="AppSecret" hint={t.apps.secretHint} error={isTried ? faults.secret : null}>
        <TextInput type="password" value={secret} onChange={setSecret} />
      </Field>
      <Field label={t.words.name} hint={t.apps.titleHint}>
        <TextInput value={title} onChange={setTitle} maxLength={100} />
      </Field>
      {error !== null && <ErrorLines failed={t.apps.notAdded} error={error} />}
      {refusal !== null && (
        <>
          <AppRefusalLines refusal={refusal} />
          <CheckBox checked={isUnchecked} onChange={setUnchecked}>
            {t.apps.unchecked}
          </CheckBox>
        </>
      )}
      <Button type="submit" loading={isBusy}>
        {isUnchecked ? t.apps.add : t.apps.checkAndAdd}
      </Button>
      <SameCall
        command={commandOf("app", "add", input.appid || "AppID", "--title", input.title)}
        call={{
          method: "POST",
          path: "/apps",
          body: { ...input, appid: input.appid || "AppID", secret: "AppSecret" },
        }}
      />
    </form>
  );
}
