import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { Moment } from "../../format/moment.tsx";
import { Button } from "../../parts/button.tsx";
import { List } from "../../parts/list.tsx";
import { Modal } from "../../parts/modal.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { ShortId } from "../../parts/short-id.tsx";
import { pathTo, queryText, usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { AgentForm } from "./agent-form.tsx";
import { AgentPanel } from "./agent-panel.tsx";

/** WeCom agents. */
export default function AgentsPage() {
  const { t } = useText();
  const { segments, query, go, setQuery } = usePlace();
  const cursor = query.get("cursor");
  const reading = useReading(`agents ${cursor}`, () =>
    dataOf(api["work-agents"].get({ query: cursor === null ? {} : { cursor } })),
  );
  const [, corpid, agentid] = segments;
  const kept = queryText({ cursor });
  const close = () => go(`/agents${kept}`);
  return (
    <ConsolePage
      title={t.menu.agents}
      purpose={t.agents.purpose}
      actions={<Button onClick={() => setQuery({ add: "1", cursor })}>{t.agents.add}</Button>}
    >
      <List
        label={t.menu.agents}
        reading={reading}
        failed={t.agents.notListed}
        keyOf={(agent) => `${agent.corpid}:${agent.agentid}`}
        placeOfRow={(agent) => pathTo("agents", agent.corpid, agent.agentid) + kept}
        isOpen={(agent) => agent.corpid === corpid && agent.agentid === agentid}
        empty={
          <>
            <p>{t.agents.empty}</p>
            <Button onClick={() => setQuery({ add: "1" })}>{t.agents.add}</Button>
          </>
        }
        columns={[
          {
            title: t.agents.remark,
            line: 1,
            cell: (agent) => agent.remark || agent.agentid,
          },
          {
            title: "corpid",
            line: 2,
            cell: (agent) => <ShortId id={agent.corpid} label="corpid" />,
          },
          { title: "agentid", line: 2, cell: (agent) => <code>{agent.agentid}</code> },
          {
            title: t.words.changed,
            line: 1,
            isRight: true,
            cell: (agent) => <Moment at={agent.updatedAt} />,
          },
        ]}
      />
      {query.has("add") && (
        <Modal title={t.agents.addTitle} look="panel" onClose={close}>
          <AgentForm
            onDone={() => {
              reading.reload();
              close();
            }}
          />
        </Modal>
      )}
      {corpid !== undefined && agentid !== undefined && (
        <AgentPanel
          key={`${corpid}:${agentid}`}
          corpid={corpid}
          agentid={agentid}
          onClose={close}
          onChange={reading.reload}
        />
      )}
    </ConsolePage>
  );
}
