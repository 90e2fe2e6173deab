/** How often something may happen: `count` times in `seconds`, of which `burst` times at once. */
export interface Rate {
  count: number;
  seconds: number;
  burst: number;
}

const FORM = /^([1-9]\d{0,8})\/([1-9]\d{0,6})(?::([1-9]\d{0,8}))?$/;

/** The form of a rate, for messages. */
export const RATE_FORM =
  "a count and a number of seconds such as 60/60, with a burst such as 60/60:10, or off";

/**
 * Parses `<count>/<seconds>[:<burst>]`; without a burst all may happen at once.
 *
 * @returns null for `off`, undefined for a text of another form
 */
export function parseRate(text: string): Rate | null | undefined {
  if (text === "off") return null;
  const [, count, seconds, burst] = FORM.exec(text) ?? [];
  if (count === undefined || seconds === undefined) return undefined;
  return { count: Number(count), seconds: Number(seconds), burst: Number(burst ?? count) };
}

/** Returns one of several equal shares of a rate; every share allows something at once. */
export const shareOf = ({ count, seconds, burst }: Rate, shares: number): Rate => ({
  count: count / shares,
  seconds,
  burst: Math.max(1, burst / shares),
});
