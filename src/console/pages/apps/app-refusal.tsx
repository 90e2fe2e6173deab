import type { AppRefusal } from "../../client/app-registration.ts";
import { causeOf } from "../../parts/cause.ts";
import { CauseLines } from "../../parts/error-lines.tsx";
import { useText } from "../../text/text.tsx";

/** The words of problems for checks that WeChat did not answer; else WeChat's own count. */
const CODES: Readonly<Partial<Record<AppRefusal["cause"], string>>> = {
  unreachable: "wechatUnreachable",
  answerWrong: "wechatAnswerWrong",
};

/** Why WeChat's check of an app failed, and the remedy. */
export function AppRefusalLines({ refusal }: { refusal: AppRefusal }) {
  const { t } = useText();
  const { cause, wechat, upstream, requestId } = refusal;
  const { why, todo, said } = causeOf(
    { code: CODES[cause] ?? "wechatRefused", wechat, upstream },
    t,
  );
  const details = said === null ? [] : [said];
  return <CauseLines failed={t.apps.notAdded} {...{ why, todo, details, requestId }} />;
}
