import type { CallError } from "../client/problem.ts";
import { Go, queryText } from "../router/place.tsx";
import type { ConsoleText } from "../text/en.ts";
import { useText } from "../text/text.tsx";
import { Button } from "./button.tsx";

/** Why a call failed and what to do, in the reader's words. */
interface Explanation {
  why: string;
  todo: string;
  /** Further lines: WeChat's own words, members that are wrong. */
  details: string[];
  requestId: string | null;
}

/** Explains a failed call. */
export function explanationOf({ fault }: CallError, { problems }: ConsoleText): Explanation {
  if (fault.kind === "away") return { ...problems.away, details: [], requestId: null };
  if (fault.kind === "foreign")
    return {
      ...problems.foreign,
      why: problems.foreignStatus(String(fault.status)),
      details: [],
      requestId: null,
    };
  const { code, detail, errors, wechat, requestId } = fault.problem;
  const ofWechat = wechat && problems.wechat[String(wechat.errcode)];
  const address = wechat && /invalid ip (\S+)/.exec(wechat.errmsg)?.[1];
  const general = problems.codes[code];
  const wait = fault.retryAfterSeconds;
  return {
    why: ofWechat?.why ?? general.why,
    todo:
      wait === null
        ? (ofWechat?.todo(address ?? null) ?? general.todo)
        : problems.waitFor(String(wait)),
    details: [
      ...(wechat ? [`WeChat ${wechat.errcode}: ${wechat.errmsg}`] : []),
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
  const { why, todo, details, requestId } = explanationOf(error, t);
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
