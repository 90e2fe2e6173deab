import type { TokenKind, TokenValue } from "./sql-scanner.ts";

export type Token = readonly [kind: TokenKind, value: TokenValue];

/** Functions by which sqlite3 writes texts with line ends. */
const NAMES: ReadonlySet<string> = new Set(["replace", "char", "unistr"]);
/** `replace(replace('…','\r',char(13)),'\n',char(10))` has 24. */
const MAX_TOKENS = 64;
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\\))/g;

/** Tells whether a word begins a call that {@link SqlCall} can evaluate. */
export const isSqlFunction = (word: string): boolean => NAMES.has(word.toLowerCase());

/** A call of a function in place of a value: collects its tokens, and evaluates it. */
export class SqlCall {
  readonly #tokens: Token[];
  #depth = 0;

  constructor(name: string) {
    this.#tokens = [["word", name]];
  }

  /** Adds a token; returns whether the call is complete. */
  take(kind: TokenKind, value: TokenValue): boolean {
    if (this.#tokens.length <= MAX_TOKENS) this.#tokens.push([kind, value]);
    if (kind === "sign" && value === "(") this.#depth += 1;
    if (kind === "sign" && value === ")") this.#depth -= 1;
    return this.#depth <= 0;
  }

  /** Returns its value; null for another expression. */
  value(): string | null {
    if (this.#tokens.length > MAX_TOKENS) return null;
    const left = [...this.#tokens];
    const value = evaluate(left);
    return left.length === 0 ? value : null;
  }
}

/** Evaluates the expression at the beginning of the tokens, and removes it. */
function evaluate(left: Token[]): string | null {
  const [kind, value] = left.shift() ?? [];
  if (kind === "text" && typeof value === "string") return value;
  if (kind !== "word" || typeof value !== "string") return null;
  if (/^\d+$/.test(value)) return value;
  const args: string[] = [];
  for (let expected = "("; ; expected = ",") {
    const sign = left.shift()?.[1];
    if (sign === ")" && args.length > 0) break;
    const arg = sign === expected ? evaluate(left) : null;
    if (arg === null) return null;
    args.push(arg);
  }
  return call(value.toLowerCase(), args);
}

function call(name: string, [first, second, third]: readonly string[]): string | null {
  if (first === undefined) return null;
  if (name === "char")
    return Number(first) <= 0x10ffff ? String.fromCodePoint(Number(first)) : null;
  if (name === "unistr")
    return first.replace(ESCAPE, (_, short, long, backslash) =>
      backslash !== undefined ? "\\" : character(short ?? long),
    );
  // A longer replacement could fill the memory.
  if (name !== "replace" || !second || third === undefined || third.length > second.length)
    return null;
  return first.replaceAll(second, () => third);
}

function character(hex: string): string {
  const point = Number.parseInt(hex, 16);
  return point <= 0x10ffff ? String.fromCodePoint(point) : "\ufffd";
}
