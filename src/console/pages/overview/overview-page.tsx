import { useEffect } from "react";
import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { Attention } from "./attention.tsx";
import { CredentialsDue } from "./credentials-due.tsx";
import { DayChart } from "./day-chart.tsx";
import { FailureCauses } from "./failure-causes.tsx";
import { Figures } from "./figures.tsx";
import { ServerLine } from "./server-line.tsx";

/** Seconds after which the counts are read again. */
const EVERY_SECONDS = 10;

/** Today against yesterday, the last month, and the points that need somebody. */
export default function OverviewPage() {
  const { t } = useText();
  const { go } = usePlace();
  const { value, error, reload } = useReading("stats", () => dataOf(api.stats.get()), {
    everySeconds: EVERY_SECONDS,
  });
  const isNew = value?.apps === 0;
  useEffect(() => {
    if (isNew) go("/first-steps", { replace: true });
  }, [isNew, go]);
  return (
    <ConsolePage title={t.menu.overview} purpose={t.overview.purpose}>
      {error !== null && <ErrorLines failed={t.overview.notRead} error={error} retry={reload} />}
      <Figures stats={value} />
      <DayChart days={value?.days} />
      <div className="columns">
        <Attention failures={value?.failures} />
        <FailureCauses failures={value?.failures} />
        <CredentialsDue />
      </div>
      <ServerLine />
    </ConsolePage>
  );
}
