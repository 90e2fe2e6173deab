import type { CallError } from "../client/problem.ts";
import { Go, queryText } from "../router/place.tsx";
import type { ConsoleText } from "../text/en.ts";
import { useText } from "../text/text.tsx";
import { Button } from "./button.tsx";
import { causeOf } from "./cause.ts";

/** Why a call failed and what to do, in the reader's words. */
interface Explanation {
  why: string;
  todo: string;
  /** Further lines: WeChat's own words, members that are wrong. */
  details: string[];
  requestId: string | null;
}

/** Explains a failed call. */
export function explanationOf({ fault }: CallError, t: ConsoleText): Explanation {
  const { problems } = t;
  if (fault.kind === "away") return { ...problems.away, details: [], requestId: null };
  if (fault.kind === "foreign")
    return {
      ...problems.foreign,
      why: problems.foreignStatus(String(fault.status)),
      details: [],
      requestId: null,
    };
  const { detail, errors, requestId } = fault.problem;
  const { why, todo, said } = causeOf(fault.problem, t);
  const wait = fault.retryAfterSeconds;
  return {
    why,
    todo: wait === null ? todo : t.problems.waitFor(String(wait)),
    details: [
      ...(said === null ? [] : [said]),
      ...(detail ? [detail] : []),
      ...(errors ?? []).map((one) => `${one.pointer || one.in}: ${one.detail}`),
    ],
    requestId,
  };
}

/** A failure in three lines: the step that failed, why, and the remedy. */
export function ErrorLines({
  failed,
  error,
  retry,
}: {
  failed: string;
  error: CallError;
  retry?: () => void;
}) {
  const { t } = useText();
  return <CauseLines failed={failed} {...explanationOf(error, t)} retry={retry} />;
}

/** The lines of {@link ErrorLines}, for a failure without a failed call. */
export function CauseLines({
  failed,
  why,
  todo,
  details,
  requestId,
  retry,
}: Explanation & { failed: string; retry?: (() => void) | undefined }) {
  const { t } = useText();
  return (
    <div className="error-lines" role="alert">
      <p className="failed">{failed}</p>
      <p>{why}</p>
      {details.map((line) => (
        <p key={line} className="detail">
          <code>{line}</code>
        </p>
      ))}
      <p>{todo}</p>
      <p className="error-ways">
        {requestId !== null && (
          <Go to={`/logs${queryText({ requestId })}`}>
            {t.words.requestId} <code>{requestId}</code>
          </Go>
        )}
        {retry !== undefined && (
          <Button size="small" variant="outline" onClick={retry}>
            {t.words.retry}
          </Button>
        )}
      </p>
    </div>
  );
}
