import type { Milliseconds } from "../ports.ts";

/** A session of an administrator's browser at the console, started by the admin key. */
export interface ConsoleSession {
  /** 64 lower-case hex digits: the SHA-256 of the cookie's token, which nobody keeps. */
  id: string;
  /**
   * The hex HMAC-SHA256 of the id by the admin key with which it was started: with another admin
   * key the session has ended.
   */
  proof: string;
  startedAt: Milliseconds;
  /** To within a minute. */
  lastUsedAt: Milliseconds;
}

/** Hex digits of an id that are shown, as in `console:0123abcd`. */
const SHOWN_DIGITS = 8;

/** Returns the name of a session for people. */
export const shownConsoleId = ({ id }: Pick<ConsoleSession, "id">): string =>
  id.slice(0, SHOWN_DIGITS);
