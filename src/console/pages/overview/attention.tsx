import { useFormats } from "../../format/format.ts";
import { useServerFacts } from "../../frame/server-context.tsx";
import { Status, type StatusTone } from "../../parts/status.tsx";
import { Go, queryText } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { causeText } from "./cause-text.ts";
import type { StatsOfApi } from "./stats.ts";

interface Point {
  id: string;
  tone: StatusTone;
  text: string;
  todo: string;
  to: string;
}

/** Failures of today beyond which a cause needs somebody: users alone make a few. */
const MANY = 10;

/** The points that need somebody, worst first. */
export function Attention({ failures }: { failures: StatsOfApi["failures"] | undefined }) {
  const { t } = useText();
  const { number } = useFormats();
  const server = useServerFacts();
  const missing =
    server?.workers == null ? 0 : server.workers.configured - server.workers.serving.length;
  const points: Point[] = [
    ...(missing > 0
      ? [
          {
            id: "workers",
            tone: "bad" as const,
            text: t.frame.workersMissing(number(missing)),
            todo: t.overview.workersTodo,
            to: `/logs${queryText({ level: "error" })}`,
          },
        ]
      : []),
    ...(failures ?? [])
      .filter(({ today }) => today >= MANY)
      .map(({ operation, code, today }) => ({
        id: `${operation} ${code}`,
        tone: "fair" as const,
        text: `${t.overview.operations[operation]}: ${causeText(code, t)} × ${number(today)}`,
        todo: t.overview.failuresTodo,
        to: `/logs${queryText({ code })}`,
      })),
  ];
  return (
    <section className="card">
      <h2>{t.overview.attention}</h2>
      {failures !== undefined && points.length === 0 && (
        <p>
          <Status tone="good" word={t.overview.nothing} />
        </p>
      )}
      <ul className="rows">
        {points.map(({ id, tone, text, todo, to }) => (
          <li key={id}>
            <Status tone={tone} word={text} />
            <Go to={to}>{todo}</Go>
          </li>
        ))}
      </ul>
    </section>
  );
}
