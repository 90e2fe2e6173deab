import { useState } from "react";
import { useFormats } from "../../format/format.ts";
import { Button } from "../../parts/button.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { Status } from "../../parts/status.tsx";
import { usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { LinePanel } from "./line-panel.tsx";
import { LogFilters, logFilterNames } from "./log-filters.tsx";
import type { ShownLine } from "./log-line.ts";
import { LogRows } from "./log-rows.tsx";
import { useLog } from "./use-log.ts";

/** The log, live. */
export default function LogsPage() {
  const { t } = useText();
  const { number } = useFormats();
  const { query } = usePlace();
  const [isPaused, setPaused] = useState(false);
  const [open, setOpen] = useState<ShownLine | null>(null);
  const filter = new URLSearchParams(
    logFilterNames.flatMap((name) => {
      const value = query.get(name);
      return value === null ? [] : [[name, value]];
    }),
  ).toString();
  const { lines, isLive, waiting, lost } = useLog(filter, isPaused);
  const flags = [...new URLSearchParams(filter)].flatMap(([name, value]) => [
    name === "requestId" ? "--request-id" : `--${name}`,
    value,
  ]);
  const pause = (
    <Button variant="outline" onClick={() => setPaused(!isPaused)}>
      {isPaused ? t.logs.goOn(number(waiting)) : t.logs.pause}
    </Button>
  );
  return (
    <ConsolePage title={t.menu.logs} purpose={t.logs.purpose} actions={pause}>
      <LogFilters />
      <p className="row hint">
        {isPaused ? (
          <Status tone="fair" word={t.logs.paused} />
        ) : isLive ? (
          <Status tone="good" word={t.logs.live} />
        ) : (
          <Status tone="calm" word={t.logs.connecting} />
        )}
        {lost > 0 && <span>{t.logs.lost(number(lost))}</span>}
      </p>
      {lines.length === 0 ? (
        <div className="empty">
          <p>{filter === "" ? t.logs.empty : t.logs.emptyFiltered}</p>
        </div>
      ) : (
        <LogRows lines={lines} onOpen={setOpen} />
      )}
      <SameCall
        command={commandOf("logs", "--follow", ...flags)}
        call={{
          method: "GET",
          path: `/server/logs?${filter === "" ? "" : `${filter}&`}tail=20`,
          headers: { Accept: "text/event-stream" },
        }}
      />
      {open !== null && <LinePanel line={open} onClose={() => setOpen(null)} />}
    </ConsolePage>
  );
}
