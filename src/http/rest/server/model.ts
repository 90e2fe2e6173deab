import { Type } from "@sinclair/typebox";
import type { GetServerProcesses } from "../../../core/server-processes.ts";
import { nullable, strict, Timestamp, timestamp } from "../model.ts";

/** What a server knows of itself. */
export interface ServerFacts {
  version: string;
  /** Since when this process serves, in milliseconds since the Unix epoch. */
  startedAt: number;
  /** The folder, or the address, of the data. */
  data: string;
  /** Whether WeChat is simulated. */
  sandbox: boolean;
  getServerProcesses: GetServerProcesses;
}

const Pid = (description: string) => Type.Integer({ minimum: 1, description });

const Workers = strict({
  supervisor: Pid("the process that was started, which takes the signals"),
  configured: Type.Integer({ minimum: 1, description: "how many the configuration wants" }),
  serving: Type.Array(
    strict({
      pid: Pid("the process; with a single worker the supervisor itself, until its first reload"),
      startedAt: Timestamp,
    }),
    {
      description:
        "those that serve at the moment: fewer than wanted while one that died is replaced",
    },
  ),
});

export const ServerModel = strict(
  {
    version: Type.String(),
    startedAt: Timestamp,
    data: Type.String({ description: "the folder, or the address, of the data" }),
    sandbox: Type.Boolean({
      description: "whether WeChat is simulated, and anyone can log in as anyone",
    }),
    workers: nullable(Workers, {
      description:
        "the processes of this server, not of other nodes; null while it starts or ends, and when nobody can tell",
    }),
  },
  {
    $id: "Server",
    examples: [
      {
        version: "0.1.0",
        startedAt: "2026-11-20T08:00:00.000Z",
        data: "/var/lib/waferd",
        sandbox: false,
        workers: {
          supervisor: 4711,
          configured: 2,
          serving: [
            { pid: 4712, startedAt: "2026-11-20T08:00:00.100Z" },
            { pid: 4713, startedAt: "2026-11-20T08:00:00.400Z" },
          ],
        },
      },
    ],
  },
);

export async function toServerModel({ startedAt, getServerProcesses, ...facts }: ServerFacts) {
  const processes = await getServerProcesses();
  return {
    ...facts,
    startedAt: timestamp(processes?.startedAt ?? startedAt),
    workers: processes && {
      supervisor: processes.supervisor,
      configured: processes.configured,
      serving: processes.serving.map(({ pid, startedAt }) => ({
        pid,
        startedAt: timestamp(startedAt),
      })),
    },
  };
}
