import { type FormEvent, useState } from "react";
import { answerOf, api, segment } from "../../client/api.ts";
import { useAction } from "../../client/use-action.ts";
import { Button } from "../../parts/button.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Field } from "../../parts/field.tsx";
import { useNotice } from "../../parts/notice.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { TextInput } from "../../parts/text-input.tsx";
import { useText } from "../../text/text.tsx";

const WORK_ID = /^[A-Za-z0-9_-]{1,100}$/;

/** An agent whose secret and remark are replaced. */
interface KnownAgent {
  corpid: string;
  agentid: string;
  remark: string;
}

/** Registers an agent, or replaces secret and remark of a known one. */
export function AgentForm({ known, onDone }: { known?: KnownAgent; onDone: () => void }) {
  const { t } = useText();
  const say = useNotice();
  const [corpid, setCorpid] = useState(known?.corpid ?? "");
  const [agentid, setAgentid] = useState(known?.agentid ?? "");
  const [secret, setSecret] = useState("");
  const [remark, setRemark] = useState(known?.remark ?? "");
  const [isTried, setTried] = useState(false);
  const ids = { corpid: corpid.trim(), agentid: agentid.trim() };
  const faultOfId = (id: string) => (WORK_ID.test(id) ? null : t.agents.idFault);
  const faults = {
    corpid: faultOfId(ids.corpid),
    agentid: faultOfId(ids.agentid),
    secret: secret.trim() === "" ? t.agents.secretMissing : null,
  };
  const { run, isBusy, error } = useAction(() =>
    answerOf(
      api["work-agents"]({ corpid: segment(ids.corpid) })({ agentid: segment(ids.agentid) }).put({
        secret: secret.trim(),
        remark: remark.trim(),
      }),
    ),
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.values(faults).some((fault) => fault !== null) || !(await run())) return;
    say(known === undefined ? t.agents.added(ids.agentid) : t.words.saved);
    onDone();
  };
  const name = `${ids.corpid || "corpid"}:${ids.agentid || "agentid"}`;
  return (
    <form className="stack" onSubmit={submit}>
      {known === undefined && (
        <>
          <Field label="corpid" hint={t.agents.corpidHint} error={isTried ? faults.corpid : null}>
            <TextInput value={corpid} onChange={setCorpid} />
          </Field>
          <Field label="agentid" error={isTried ? faults.agentid : null}>
            <TextInput value={agentid} onChange={setAgentid} />
          </Field>
        </>
      )}
      <Field
        label={known === undefined ? t.agents.secret : t.agents.newSecret}
        hint={t.agents.secretHint}
        error={isTried ? faults.secret : null}
      >
        <TextInput type="password" value={secret} onChange={setSecret} />
      </Field>
      <Field label={t.agents.remark}>
        <TextInput value={remark} onChange={setRemark} />
      </Field>
      {error !== null && <ErrorLines failed={t.agents.notAdded} error={error} />}
      <div className="row">
        <Button type="submit" loading={isBusy}>
          {known === undefined ? t.agents.add : t.words.save}
        </Button>
      </div>
      <SameCall
        command={commandOf("agent", "add", name, "--remark", remark.trim())}
        call={{
          method: "PUT",
          path: `/work-agents/${ids.corpid || "corpid"}/${ids.agentid || "agentid"}`,
          body: { secret: "Secret", remark: remark.trim() },
        }}
      />
    </form>
  );
}
