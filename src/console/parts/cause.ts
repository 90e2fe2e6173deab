import type { ConsoleText } from "../text/en.ts";

export interface WechatAnswer {
  errcode: number;
  errmsg: string;
}

/** A failure as the API tells it. */
interface ToldFailure {
  /** The word of a problem. */
  code: string;
  wechat?: WechatAnswer | null | undefined;
  upstream?: string | null | undefined;
}

/** A cause in the reader's words, and what was said. */
interface Cause {
  why: string;
  todo: string;
  /** The words of WeChat, or of what is between; null without any. */
  said: string | null;
}

/** Explains a failure; one of a later version is told by its code. */
export function causeOf({ code, wechat, upstream }: ToldFailure, { problems }: ConsoleText): Cause {
  const codes: Readonly<Record<string, { why: string; todo: string }>> = problems.codes;
  const general = codes[code] ?? { why: code, todo: "" };
  const ofWechat = wechat && problems.wechat[String(wechat.errcode)];
  const address = wechat && /invalid ip (\S+)/.exec(wechat.errmsg)?.[1];
  return {
    why: ofWechat?.why ?? general.why,
    todo: ofWechat?.todo(address ?? null) ?? general.todo,
    said: wechat ? `WeChat ${wechat.errcode}: ${wechat.errmsg}` : (upstream ?? null),
  };
}
