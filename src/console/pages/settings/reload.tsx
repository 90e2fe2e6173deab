import { useState } from "react";
import { api, dataOf } from "../../client/api.ts";
import { useAction } from "../../client/use-action.ts";
import { useReading } from "../../client/use-reading.ts";
import { Moment } from "../../format/moment.tsx";
import { Button } from "../../parts/button.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { Status } from "../../parts/status.tsx";
import { useText } from "../../text/text.tsx";

/** Seconds between two looks at a reload that goes on. */
const EVERY_SECONDS = 1;

/** The outcome of the last reload, and the way to another. */
export function Reload({ onReloaded }: { onReloaded: () => void }) {
  const { t } = useText();
  /** The end of the reload before the one that goes on; undefined while none does. */
  const [before, setBefore] = useState<string | null | undefined>(undefined);
  const reading = useReading(
    "last-reload",
    async () => {
      const last = await dataOf(api.server["last-reload"].get());
      if (before !== undefined && last.endedAt !== before) {
        setBefore(undefined);
        onReloaded();
      }
      return last;
    },
    before === undefined ? {} : { everySeconds: EVERY_SECONDS },
  );
  const last = reading.value;
  const { run, isBusy, error } = useAction(async () => {
    await dataOf(api.server.reload.post());
    setBefore(last?.endedAt ?? null);
    reading.reload();
  });
  return (
    <section className="card">
      <h2>{t.settings.reload}</h2>
      <p>{t.settings.configHint}</p>
      {reading.error !== null && (
        <ErrorLines failed={t.settings.notRead} error={reading.error} retry={reading.reload} />
      )}
      {last !== undefined && (
        <p>
          {last.endedAt === null ? (
            t.settings.neverReloaded
          ) : (
            <>
              <Status
                tone={last.failure === null ? "good" : "bad"}
                word={last.failure ?? t.settings.reloaded}
              />{" "}
              <Moment at={last.endedAt} />
            </>
          )}
        </p>
      )}
      {error !== null && <ErrorLines failed={t.settings.notReloaded} error={error} />}
      <div className="row">
        <Button onClick={() => void run()} loading={isBusy || before !== undefined}>
          {t.settings.reloadVerb}
        </Button>
      </div>
      <SameCall command="waferd reload" call={{ method: "POST", path: "/server/reload" }} />
    </section>
  );
}
