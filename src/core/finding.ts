/** A finding in words. */
export interface FindingText {
  message: string;
  /** null when there is nothing to do. */
  todo: string | null;
}

/** The result of one check of a server or a machine, in both languages. */
export interface Finding {
  /** A stable word for the subject, such as `disk`. */
  name: string;
  state: "ok" | "warn" | "fail";
  en: FindingText;
  zh: FindingText;
}

/** Returns functions that make findings under one name. */
export function findingsOf(name: string) {
  const make =
    (state: Finding["state"]) =>
    (en: readonly [message: string, todo?: string], zh: readonly [string, string?]): Finding => ({
      ...{ name, state },
      en: { message: en[0], todo: en[1] ?? null },
      zh: { message: zh[0], todo: zh[1] ?? null },
    });
  return { ok: make("ok"), warn: make("warn"), fail: make("fail") };
}

const RANK: Readonly<Record<Finding["state"], number>> = { fail: 0, warn: 1, ok: 2 };

/** Returns findings with the worst first, and else in their order. */
export const worstFirst = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((one, other) => RANK[one.state] - RANK[other.state]);
