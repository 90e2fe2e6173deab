import { type FormEvent, useState } from "react";
import { answerOf, api, segment } from "../../client/api.ts";
import { useAction } from "../../client/use-action.ts";
import { Button } from "../../parts/button.tsx";
import { Choice } from "../../parts/choice.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Field } from "../../parts/field.tsx";
import { useNotice } from "../../parts/notice.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { TextInput } from "../../parts/text-input.tsx";
import { useText } from "../../text/text.tsx";

/** The settings of an app that can be changed. */
export interface ChangeableApp {
  appid: string;
  title: string;
  loginDurationDays: number;
  sessionDurationSeconds: number;
  sessionsPerUser: number | null;
  tokenEndpoint: "stable" | "legacy";
}

const WHOLE = /^[1-9]\d{0,9}$/;

/** Changes an app, unless another administrator has changed it since it was read. */
export function AppSettingsForm({
  app,
  etag,
  onDone,
}: {
  app: ChangeableApp;
  etag: string | null;
  onDone: () => void;
}) {
  const { t } = useText();
  const say = useNotice();
  const [title, setTitle] = useState(app.title);
  const [days, setDays] = useState(String(app.loginDurationDays));
  const [seconds, setSeconds] = useState(String(app.sessionDurationSeconds));
  const [devices, setDevices] = useState(app.sessionsPerUser?.toString() ?? "");
  const [tokenEndpoint, setTokenEndpoint] = useState(app.tokenEndpoint);
  const faultOfNumber = (text: string) => (WHOLE.test(text) ? null : t.words.wholeNumber);
  const faults = {
    days: faultOfNumber(days),
    seconds: faultOfNumber(seconds),
    devices: devices === "" ? null : faultOfNumber(devices),
  };
  const wanted: ChangeableApp = {
    appid: app.appid,
    title: title.trim(),
    loginDurationDays: Number(days),
    sessionDurationSeconds: Number(seconds),
    sessionsPerUser: devices === "" ? null : Number(devices),
    tokenEndpoint,
  };
  const change = Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => app[name as keyof ChangeableApp] !== value),
  ) as Partial<Omit<ChangeableApp, "appid">>;
  const isChanged = Object.keys(change).length > 0;
  const { run, isBusy, error } = useAction(() =>
    answerOf(
      api
        .apps({ appid: segment(app.appid) })
        .patch(change, { headers: { "if-match": etag ?? "*" } }),
    ),
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isChanged || Object.values(faults).some((fault) => fault !== null)) return;
    if (!(await run())) return;
    say(t.words.saved);
    onDone();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <Field label={t.words.name}>
        <TextInput value={title} onChange={setTitle} maxLength={100} />
      </Field>
      <Field label={t.apps.loginDurationDays} hint={t.apps.loginDurationHint} error={faults.days}>
        <TextInput value={days} onChange={setDays} inputMode="numeric" />
      </Field>
      <Field
        label={t.apps.sessionDurationSeconds}
        hint={t.apps.sessionDurationHint}
        error={faults.seconds}
      >
        <TextInput value={seconds} onChange={setSeconds} inputMode="numeric" />
      </Field>
      <Field
        label={t.apps.sessionsPerUser}
        hint={t.apps.sessionsPerUserHint}
        error={faults.devices}
      >
        <TextInput value={devices} onChange={setDevices} inputMode="numeric" />
      </Field>
      <Field label={t.apps.tokenEndpoint} hint={t.apps.tokenEndpointHint}>
        <Choice
          value={tokenEndpoint}
          onChange={setTokenEndpoint}
          options={(["stable", "legacy"] as const).map((value) => ({
            value,
            text: t.apps.tokenEndpoints[value],
          }))}
        />
      </Field>
      {error !== null && (
        <ErrorLines
          failed={t.apps.notChanged}
          error={error}
          {...(error.code === "appChanged" && { retry: onDone })}
        />
      )}
      <div className="row">
        <Button type="submit" disabled={!isChanged} loading={isBusy}>
          {t.words.save}
        </Button>
      </div>
      <SameCall
        command={commandOf(...updateWords(app.appid, change))}
        call={{
          method: "PATCH",
          path: `/apps/${segment(app.appid)}`,
          headers: { "If-Match": etag ?? "*" },
          body: change,
        }}
      />
    </form>
  );
}

const FLAGS = {
  title: "--title",
  loginDurationDays: "--login-duration-days",
  sessionDurationSeconds: "--session-duration-seconds",
  sessionsPerUser: "--sessions-per-user",
  tokenEndpoint: "--token-endpoint",
} as const satisfies Record<Exclude<keyof ChangeableApp, "appid">, string>;

/** Returns the words of the command that makes the same change. */
function updateWords(appid: string, change: Partial<Omit<ChangeableApp, "appid">>): string[] {
  const flags = Object.entries(change).flatMap(([name, value]) => [
    FLAGS[name as keyof typeof FLAGS],
    value === null ? "default" : String(value),
  ]);
  return ["app", "update", appid, ...flags];
}
