import { useCallback, useEffect } from "react";
import { FIGURE_SPANS, type FigureSpan, useFigures, useOverview } from "../../client/figures.ts";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { Attention } from "./attention.tsx";
import { CredentialsDue } from "./credentials-due.tsx";
import { FailureCauses } from "./failure-causes.tsx";
import { Figures } from "./figures.tsx";
import { Quotas } from "./quotas.tsx";
import { ServerLine } from "./server-line.tsx";
import { SpanCharts } from "./span-charts.tsx";

const DEFAULT_SPAN: FigureSpan = "day";

/** Today against yesterday, the chosen span, and the points that need somebody. */
export default function OverviewPage() {
  const { t } = useText();
  const { query, go, setQuery } = usePlace();
  const span = FIGURE_SPANS.find((one) => one === query.get("span")) ?? DEFAULT_SPAN;
  const overview = useOverview();
  const figures = useFigures(span);
  const isNew = overview.value?.apps === 0;
  useEffect(() => {
    if (isNew) go("/first-steps", { replace: true });
  }, [isNew, go]);
  const choose = useCallback(
    (next: FigureSpan) => setQuery({ span: next === DEFAULT_SPAN ? null : next }),
    [setQuery],
  );
  const { error, reload } = overview.error === null ? figures : overview;
  return (
    <ConsolePage title={t.menu.overview} purpose={t.overview.purpose}>
      {error !== null && <ErrorLines failed={t.overview.notRead} error={error} retry={reload} />}
      <Figures overview={overview.value} />
      <SpanCharts span={span} figures={figures.value} onChoose={choose} />
      <div className="columns">
        <Attention overview={overview.value} />
        <FailureCauses causes={overview.value?.failures.causes} />
        <CredentialsDue />
        <Quotas quotas={overview.value?.quotas} />
      </div>
      <ServerLine />
    </ConsolePage>
  );
}
