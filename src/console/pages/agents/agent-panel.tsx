import { useState } from "react";
import { answerOf, api, dataOf, segment } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { Moment } from "../../format/moment.tsx";
import { Button } from "../../parts/button.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Modal } from "../../parts/modal.tsx";
import { useNotice } from "../../parts/notice.tsx";
import { Question } from "../../parts/question.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { ShortId } from "../../parts/short-id.tsx";
import { Usage } from "../../parts/usage.tsx";
import { useText } from "../../text/text.tsx";
import { AgentForm } from "./agent-form.tsx";

/** One agent: its facts, its secret and remark, and its end. */
export function AgentPanel({
  corpid,
  agentid,
  onClose,
  onChange,
}: {
  corpid: string;
  agentid: string;
  onClose: () => void;
  onChange: () => void;
}) {
  const { t } = useText();
  const say = useNotice();
  const agent = api["work-agents"]({ corpid: segment(corpid) })({ agentid: segment(agentid) });
  const { value, error, reload } = useReading(`agent ${corpid}:${agentid}`, () =>
    dataOf(agent.get()),
  );
  const [isRemoving, setRemoving] = useState(false);
  const name = value?.remark || agentid;
  return (
    <Modal title={name} look="panel" onClose={onClose}>
      {error !== null && <ErrorLines failed={t.agents.notRead} error={error} retry={reload} />}
      {value !== undefined && (
        <div className="stack">
          <Facts
            facts={[
              ["corpid", <ShortId key="corpid" id={corpid} label="corpid" />],
              ["agentid", <ShortId key="agentid" id={agentid} label="agentid" />],
              [t.words.created, <Moment key="created" at={value.createdAt} />],
              [t.words.changed, <Moment key="changed" at={value.updatedAt} />],
            ]}
          />
          <Usage owner={`${corpid}:${agentid}`} kinds={["tokens", "calls"]} />
          <h3>{t.agents.settings}</h3>
          <AgentForm
            known={value}
            onDone={() => {
              reload();
              onChange();
            }}
          />
          <h3>{t.apps.more}</h3>
          <div className="row">
            <Button variant="outline" theme="danger" onClick={() => setRemoving(true)}>
              {t.agents.remove}
            </Button>
          </div>
          {isRemoving && (
            <Question
              title={t.agents.removeTitle(name)}
              verb={t.agents.remove}
              typed={name}
              failed={t.agents.notRemoved}
              act={() => answerOf(agent.delete())}
              onClose={() => setRemoving(false)}
              onDone={() => {
                say(t.agents.removed(name));
                onChange();
                onClose();
              }}
            >
              <p>{t.agents.removeConsequence}</p>
              <SameCall
                command={commandOf("agent", "remove", `${corpid}:${agentid}`)}
                call={{
                  method: "DELETE",
                  path: `/work-agents/${segment(corpid)}/${segment(agentid)}`,
                }}
              />
            </Question>
          )}
        </div>
      )}
    </Modal>
  );
}
