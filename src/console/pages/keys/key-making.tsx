import { type FormEvent, useMemo, useState } from "react";
import { api, dataOf } from "../../client/api.ts";
import { useAction } from "../../client/use-action.ts";
import { Button } from "../../parts/button.tsx";
import { CheckBox } from "../../parts/check-box.tsx";
import { Choice } from "../../parts/choice.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Field } from "../../parts/field.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { TextInput } from "../../parts/text-input.tsx";
import { useText } from "../../text/text.tsx";
import { AppChecks } from "./app-checks.tsx";
import { type GrantedCapability, grantableCapabilities } from "./capabilities.ts";
import { MadeKey } from "./made-key.tsx";

const DAY_MS = 86_400_000;
const SPANS = { never: null, month: 30, quarter: 90, year: 365 } as const;
type Span = keyof typeof SPANS;

/** Returns a random text, by which a repeated request makes one key only. */
function randomText(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** Makes a key, and shows it once. */
export function KeyMaking({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const { t } = useText();
  const [title, setTitle] = useState("");
  const [apps, setApps] = useState<readonly string[]>([]);
  const [capabilities, setCapabilities] = useState<readonly GrantedCapability[]>(["token"]);
  const [span, setSpan] = useState<Span>("never");
  const [isTried, setTried] = useState(false);
  const [made, setMade] = useState<{ key: string; apps: readonly string[] } | null>(null);
  const days = SPANS[span];
  const expiresAt = useMemo(
    () => (days === null ? null : new Date(Date.now() + days * DAY_MS).toISOString()),
    [days],
  );
  const body = { title: title.trim(), apps: [...apps], capabilities: [...capabilities], expiresAt };
  const text = JSON.stringify(body);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another request, another text
  const idempotencyKey = useMemo(randomText, [text]);
  const { run, isBusy, error } = useAction(async () => {
    const headers = { "idempotency-key": idempotencyKey };
    setMade(await dataOf(api["service-keys"].post(body, { headers })));
  });
  const faults = {
    title: body.title === "" ? t.keys.titleMissing : null,
    apps: apps.length === 0 ? t.keys.appsMissing : null,
    capabilities: capabilities.length === 0 ? t.keys.capabilitiesMissing : null,
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.values(faults).every((fault) => fault === null) && (await run())) onMade();
  };
  if (made !== null) return <MadeKey made={made} onClose={onClose} />;
  return (
    <form className="stack" onSubmit={submit}>
      <Field label={t.words.name} hint={t.keys.titleHint} error={isTried ? faults.title : null}>
        <TextInput value={title} onChange={setTitle} maxLength={100} />
      </Field>
      <AppChecks chosen={apps} onChange={setApps} error={isTried ? faults.apps : null} />
      <fieldset>
        <legend>{t.keys.allows}</legend>
        {grantableCapabilities.map((name) => (
          <CheckBox
            key={name}
            checked={capabilities.includes(name)}
            onChange={(isOn) =>
              setCapabilities(
                isOn ? [...capabilities, name] : capabilities.filter((one) => one !== name),
              )
            }
          >
            <code>{name}</code> {t.keys.capabilities[name]}
          </CheckBox>
        ))}
        {isTried && faults.capabilities !== null && (
          <p className="field-error">{faults.capabilities}</p>
        )}
      </fieldset>
      <Field label={t.keys.expiresAt}>
        <Choice
          value={span}
          onChange={setSpan}
          options={(Object.keys(SPANS) as Span[]).map((value) => ({
            value,
            text: t.keys.spans[value],
          }))}
        />
      </Field>
      {error !== null && <ErrorLines failed={t.keys.notMade} error={error} />}
      <div className="row">
        <Button type="submit" loading={isBusy}>
          {t.keys.make}
        </Button>
      </div>
      <SameCall
        command={commandOf(
          ...["key", "create", "--title", body.title],
          ...["--app", apps.join(","), "--can", capabilities.join(",")],
          ...(expiresAt === null ? [] : ["--expires-at", expiresAt]),
        )}
        call={{ method: "POST", path: "/service-keys", body }}
      />
    </form>
  );
}
