import { type FormEvent, useEffect, useState } from "react";
import { signIn } from "../../client/session.ts";
import { useAction } from "../../client/use-action.ts";
import { Switches } from "../../frame/switches.tsx";
import { Button } from "../../parts/button.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Field } from "../../parts/field.tsx";
import { TextInput } from "../../parts/text-input.tsx";
import { useText } from "../../text/text.tsx";

/** Asks for the admin key. The page that was asked for appears in its place afterwards. */
export function SignInPage() {
  const { t } = useText();
  const [key, setKey] = useState("");
  const [isMissing, setMissing] = useState(false);
  const { run, isBusy, error } = useAction(signIn);
  useEffect(() => {
    document.title = `${t.signIn.title} · waferd`;
  }, [t]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const given = key.trim();
    setMissing(given === "");
    if (given !== "") await run(given);
  };
  return (
    <main className="alone">
      <div className="alone-switches">
        <Switches />
      </div>
      <h1>{t.signIn.title}</h1>
      <form className="stack" onSubmit={submit}>
        <Field
          label={t.signIn.key}
          error={isMissing ? t.signIn.keyMissing : null}
          hint={
            <>
              {t.signIn.keyPlace} <code>waferd key show-admin</code>
            </>
          }
        >
          <TextInput
            type="password"
            name="key"
            autoComplete="current-password"
            value={key}
            onChange={setKey}
            autoFocus
          />
        </Field>
        {error !== null && <ErrorLines failed={t.signIn.failed} error={error} />}
        <Button type="submit" loading={isBusy} block>
          {t.signIn.verb}
        </Button>
      </form>
    </main>
  );
}
