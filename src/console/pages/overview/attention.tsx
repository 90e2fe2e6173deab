import { api, dataOf } from "../../client/api.ts";
import type { OverviewFigures } from "../../client/figures.ts";
import { useReading } from "../../client/use-reading.ts";
import { useFormats } from "../../format/format.ts";
import { useServerFacts } from "../../frame/server-context.tsx";
import { causeOf } from "../../parts/cause.ts";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Status, type StatusTone } from "../../parts/status.tsx";
import { Go, queryText } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";

interface Point {
  id: string;
  tone: StatusTone;
  text: string;
  todo: string;
  /** Where the point can be looked into; null when its remedy is all. */
  to: string | null;
}

/** Failures of a day beyond which a cause needs somebody: users alone make a few. */
const MANY = 10;
/** The share of a quota from which on it needs somebody. */
const NEARLY_FULL = 0.8;
const EVERY_SECONDS = 60;

const TONES = { fail: "bad", warn: "fair", ok: "good" } as const;
const RANK: Readonly<Record<StatusTone, number>> = { bad: 0, fair: 1, calm: 2, good: 3 };

/** The points that need somebody, worst first: findings of the server, and those of the day. */
export function Attention({ overview }: { overview: OverviewFigures | undefined }) {
  const { t, language } = useText();
  const { number } = useFormats();
  const server = useServerFacts();
  const { value: found, error } = useReading("doctor", () => dataOf(api.server.doctor.get()), {
    everySeconds: EVERY_SECONDS,
  });
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
    ...(found?.items ?? [])
      .filter(({ state }) => state !== "ok")
      .map(({ name, state, ...texts }) => ({
        id: `${name} ${texts.en.message}`,
        tone: TONES[state],
        text: texts[language].message,
        todo: texts[language].todo ?? "",
        to: null,
      })),
    ...(overview?.quotas ?? [])
      .filter(({ today, limit }) => today >= limit * NEARLY_FULL)
      .map(({ app, endpoint, today, limit }) => ({
        id: `${app} ${endpoint}`,
        tone: "fair" as const,
        text: `${endpoint}: ${number(today)} / ${number(limit)}`,
        todo: t.overview.quotaTodo,
        to: `/apps/${encodeURIComponent(app)}`,
      })),
    ...(overview?.failures.causes ?? [])
      .filter(({ count }) => count >= MANY)
      .map(({ operation, code, count }) => ({
        id: `${operation} ${code}`,
        tone: "fair" as const,
        text: `${t.overview.operations[operation]}: ${causeOf({ code }, t).why} × ${number(count)}`,
        todo: t.overview.failuresTodo,
        to: `/logs${queryText({ code })}`,
      })),
  ];
  const isKnown = found !== undefined && overview !== undefined;
  return (
    <section className="card">
      <h2>{t.overview.attention}</h2>
      {error !== null && <ErrorLines failed={t.overview.notChecked} error={error} />}
      {isKnown && points.length === 0 && (
        <p>
          <Status tone="good" word={t.overview.nothing} />
        </p>
      )}
      <ul className="rows points">
        {points
          .toSorted((one, other) => RANK[one.tone] - RANK[other.tone])
          .map(({ id, tone, text, todo, to }) => (
            <li key={id}>
              <Status tone={tone} word={text} />
              {to === null ? <span className="hint">{todo}</span> : <Go to={to}>{todo}</Go>}
            </li>
          ))}
      </ul>
    </section>
  );
}
