import { useState } from "react";
import { answerOf, api, dataOf } from "../../client/api.ts";
import { useAction } from "../../client/use-action.ts";
import { useReading } from "../../client/use-reading.ts";
import { useFormats } from "../../format/format.ts";
import { Moment } from "../../format/moment.tsx";
import { Button } from "../../parts/button.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { Status } from "../../parts/status.tsx";
import { useText } from "../../text/text.tsx";

const check = api.server["store-check"];
/** Seconds between two looks at a check that runs. */
const EVERY_SECONDS = 2;

/** The latest check of every record of the store, and the way to another. */
export function StoreCheck() {
  const { t } = useText();
  const { number } = useFormats();
  const [isRunning, setRunning] = useState(false);
  const reading = useReading(
    "store-check",
    async () => {
      const state = await dataOf(check.get());
      setRunning(state.runningSince !== null);
      return state;
    },
    isRunning ? { everySeconds: EVERY_SECONDS } : {},
  );
  const { run, isBusy, error } = useAction(async () => {
    await answerOf(check.post());
    reading.reload();
  });
  const last = reading.value?.last;
  const flaws = last?.report?.flaws ?? 0;
  return (
    <section className="card">
      <h2>{t.settings.storeCheck}</h2>
      <p className="hint">{t.settings.storeCheckHint}</p>
      {last && (
        <p>
          <Status
            tone={last.report !== null && flaws === 0 ? "good" : "bad"}
            word={
              last.failure ?? (flaws === 0 ? t.settings.noFlaw : t.settings.flaws(number(flaws)))
            }
          />{" "}
          <Moment at={last.endedAt} />
        </p>
      )}
      <ul className="rows">
        {last?.report?.shown.map((flaw) => (
          <li key={flaw}>{flaw}</li>
        ))}
      </ul>
      {reading.error !== null && (
        <ErrorLines failed={t.settings.storeNotChecked} error={reading.error} />
      )}
      {error !== null && <ErrorLines failed={t.settings.storeNotChecked} error={error} />}
      <div className="row">
        <Button variant="outline" onClick={() => void run()} loading={isBusy || isRunning}>
          {t.settings.checkStore}
        </Button>
      </div>
      <SameCall
        command="waferd store check"
        call={{ method: "POST", path: "/server/store-check" }}
      />
    </section>
  );
}
