import { Type } from "@sinclair/typebox";
import { strict, Timestamp, timestamp } from "../model.ts";

/** What a server knows of itself. */
export interface ServerFacts {
  version: string;
  /** Milliseconds since the Unix epoch. */
  startedAt: number;
  /** The folder, or the address, of the data. */
  data: string;
  /** Whether WeChat is simulated. */
  sandbox: boolean;
}

export const ServerModel = strict(
  {
    version: Type.String(),
    startedAt: Timestamp,
    data: Type.String({ description: "the folder, or the address, of the data" }),
    sandbox: Type.Boolean({ description: "whether WeChat is simulated, and anyone can log in as anyone" }),
  },
  {
    $id: "Server",
    examples: [
      {
        version: "0.1.0",
        startedAt: "2026-11-20T08:00:00.000Z",
        data: "/var/lib/waferd",
        sandbox: false,
      },
    ],
  },
);

export const toServerModel = ({ startedAt, ...facts }: ServerFacts) => ({
  ...facts,
  startedAt: timestamp(startedAt),
});
