import { type FormEvent, type ReactNode, useState } from "react";
import { useAction } from "../client/use-action.ts";
import { useText } from "../text/text.tsx";
import { Button } from "./button.tsx";
import { ErrorLines } from "./error-lines.tsx";
import { Field } from "./field.tsx";
import { Modal } from "./modal.tsx";
import { TextInput } from "./text-input.tsx";

/**
 * Asks before something is destroyed.
 *
 * @param verb the button's word
 * @param typed the name to type when it cannot be undone
 * @param act does it; the question stays open when it fails
 */
export function Question({
  title,
  verb,
  typed,
  failed,
  act,
  onDone,
  onClose,
  children,
}: {
  title: string;
  verb: string;
  typed?: string;
  failed: string;
  act: () => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useText();
  const [name, setName] = useState("");
  const action = useAction(act);
  const isReady = typed === undefined || name.trim() === typed;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isReady && (await action.run())) onDone();
  };
  return (
    <Modal title={title} look="question" onClose={onClose}>
      <form onSubmit={submit}>
        <div className="stack">
          {children}
          {typed !== undefined && (
            <Field label={t.words.typeName(typed)}>
              <TextInput value={name} onChange={setName} />
            </Field>
          )}
          {action.error !== null && <ErrorLines failed={failed} error={action.error} />}
        </div>
        <footer className="modal-foot">
          <Button type="button" variant="outline" onClick={onClose}>
            {t.words.cancel}
          </Button>
          <Button type="submit" theme="danger" disabled={!isReady} loading={action.isBusy}>
            {verb}
          </Button>
        </footer>
      </form>
    </Modal>
  );
}
