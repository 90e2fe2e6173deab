import { type FormEvent, useState } from "react";
import { answerOf, api, segment } from "../../client/api.ts";
import { useAction } from "../../client/use-action.ts";
import { Button } from "../../parts/button.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Field } from "../../parts/field.tsx";
import { Modal } from "../../parts/modal.tsx";
import { useNotice } from "../../parts/notice.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { TextInput } from "../../parts/text-input.tsx";
import { useText } from "../../text/text.tsx";

/** Replaces the AppSecret of an app. */
export function AppSecretForm({
  appid,
  etag,
  onDone,
  onClose,
}: {
  appid: string;
  etag: string | null;
  onDone: () => void;
  onClose: () => void;
}) {
  const { t } = useText();
  const say = useNotice();
  const [secret, setSecret] = useState("");
  const headers = { "if-match": etag ?? "*" };
  const { run, isBusy, error } = useAction(() =>
    answerOf(api.apps({ appid: segment(appid) }).patch({ secret: secret.trim() }, { headers })),
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (secret.trim() === "" || !(await run())) return;
    say(t.apps.secretReplaced);
    onDone();
  };
  return (
    <Modal title={t.apps.replaceSecret} look="question" onClose={onClose}>
      <form onSubmit={submit}>
        <div className="stack">
          <p>{t.apps.secretConsequence}</p>
          <Field label={t.apps.newSecret}>
            <TextInput type="password" value={secret} onChange={setSecret} />
          </Field>
          {error !== null && <ErrorLines failed={t.apps.notChanged} error={error} />}
          <SameCall
            command={commandOf("app", "update", appid, "--ask-secret")}
            call={{
              method: "PATCH",
              path: `/apps/${segment(appid)}`,
              headers: { "If-Match": etag ?? "*" },
              body: { secret: "AppSecret" },
            }}
          />
        </div>
        <footer className="modal-foot">
          <Button type="button" variant="outline" onClick={onClose}>
            {t.words.cancel}
          </Button>
          <Button type="submit" disabled={secret.trim() === ""} loading={isBusy}>
            {t.apps.replace}
          </Button>
        </footer>
      </form>
    </Modal>
  );
}
