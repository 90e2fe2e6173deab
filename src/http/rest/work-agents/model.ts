import { Type } from "@sinclair/typebox";
import type { WorkAgent } from "../../../core/apps/work-agent.ts";
import { MAX_REMARK_LENGTH } from "../../../core/apps/work-agent-service.ts";
import { PageModel, Secret, strict, Timestamp, timestamp, WorkId } from "../model.ts";

const Remark = Type.String({ maxLength: MAX_REMARK_LENGTH, description: "a note for people" });

export const WorkAgentModel = strict(
  {
    corpid: WorkId("the corpid", "ww0000000000000de0"),
    agentid: WorkId("the agentid", "1000002"),
    remark: Remark,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  {
    $id: "WorkAgent",
    description: "A WeCom agent. Its secret is never returned",
    examples: [
      {
        corpid: "ww0000000000000de0",
        agentid: "1000002",
        remark: "contacts",
        createdAt: "2026-11-20T08:00:00.000Z",
        updatedAt: "2026-11-20T08:00:00.000Z",
      },
    ],
  },
);

export const WorkAgentPage = PageModel("WorkAgent", WorkAgentModel);

export const WorkAgentSettings = strict(
  { secret: Secret, remark: Type.Optional(Remark) },
  {
    $id: "WorkAgentSettings",
    examples: [{ secret: "the-secret-of-this-agent", remark: "contacts" }],
  },
);

export const toWorkAgentModel = ({
  agentSecret: _,
  createdAt,
  updatedAt,
  ...agent
}: WorkAgent) => ({
  ...agent,
  createdAt: timestamp(createdAt),
  updatedAt: timestamp(updatedAt),
});
