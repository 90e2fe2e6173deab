import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { Button } from "../../parts/button.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { Status } from "../../parts/status.tsx";
import { useText } from "../../text/text.tsx";

const TONES = { fail: "bad", warn: "fair", ok: "good" } as const;

/** The findings of the server about itself, worst first. */
export function Findings() {
  const { t, language } = useText();
  const { value, error, reload } = useReading("doctor", () => dataOf(api.server.doctor.get()));
  return (
    <section className="card">
      <h2>{t.settings.tabs.check}</h2>
      {error !== null && <ErrorLines failed={t.overview.notChecked} error={error} retry={reload} />}
      <ul className="rows points">
        {value?.items.map(({ name, state, ...texts }) => (
          <li key={`${name} ${texts.en.message}`}>
            <Status tone={TONES[state]} word={texts[language].message} />
            <span className="hint">{texts[language].todo}</span>
          </li>
        ))}
      </ul>
      <div className="row">
        <Button variant="outline" onClick={reload}>
          {t.settings.checkAgain}
        </Button>
      </div>
      <SameCall command="waferd doctor" call={{ method: "GET", path: "/server/doctor" }} />
    </section>
  );
}
