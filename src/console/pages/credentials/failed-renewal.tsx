import { Moment } from "../../format/moment.tsx";
import { causeOf, type WechatAnswer } from "../../parts/cause.ts";
import { useText } from "../../text/text.tsx";

export interface ShownFailure {
  at: string;
  code: string;
  wechat: WechatAnswer | null;
  upstream: string | null;
  failures: number;
}

/** The latest renewal that failed, in WeChat's words and the reader's. */
export function FailedRenewal({ failure }: { failure: ShownFailure }) {
  const { t } = useText();
  const { why, todo, said } = causeOf(failure, t);
  return (
    <div className="error-lines">
      <p className="failed">
        {t.credentials.lastFailure} <Moment at={failure.at} />
      </p>
      <p>{why}</p>
      {said !== null && (
        <p className="detail">
          <code>{said}</code>
        </p>
      )}
      <p>{todo}</p>
    </div>
  );
}
