import { useConnection } from "../client/connection.ts";
import { Status } from "../parts/status.tsx";
import { useText } from "../text/text.tsx";
import { useServerFacts } from "./server-context.tsx";

/** The state of the server, by its latest answer. */
export function ServerState() {
  const { t } = useText();
  const { isAway } = useConnection();
  const server = useServerFacts();
  const missing =
    server?.workers == null ? 0 : server.workers.configured - server.workers.serving.length;
  const state = isAway
    ? ({ tone: "bad", word: t.frame.away } as const)
    : missing > 0
      ? ({ tone: "fair", word: t.frame.workersMissing(String(missing)) } as const)
      : server === undefined
        ? ({ tone: "calm", word: t.frame.asking } as const)
        : ({ tone: "good", word: t.frame.well } as const);
  return (
    <span className="server-state" role="status">
      <Status {...state} />
    </span>
  );
}
