import { Failure } from "../errors.ts";
import type { CredentialOptions, ServedCredential } from "./credential-service.ts";

/** WeChat no longer takes a token: not the latest, invalid, or expired. */
const DEAD_TOKEN: ReadonlySet<number> = new Set([40001, 40014, 42001]);

/** Whether a call failed because its token was dead. */
const isDeadToken = (outcome: unknown): boolean =>
  outcome instanceof Failure &&
  outcome.detail.wechat !== undefined &&
  DEAD_TOKEN.has(outcome.detail.wechat.errcode);

/**
 * Makes a call on a hosted token. When the token turns out dead, it is renewed once, by naming it, and the call is made
 * again.
 *
 * @param extendLease told before every request but the first, for whoever holds a lease meanwhile
 * @returns what the call returns, or the Failure of getting a token
 */
export async function callWithToken<T>(
  getToken: (wish: CredentialOptions) => Promise<ServedCredential | Failure>,
  call: (accessToken: string) => Promise<T | Failure>,
  extendLease: () => Promise<void> = async () => undefined,
): Promise<T | Failure> {
  const token = await getToken({});
  if (token instanceof Failure) return token;
  await extendLease();
  const outcome = await call(token.value);
  if (!isDeadToken(outcome)) return outcome;
  await extendLease();
  const renewed = await getToken({ rotate: token.value });
  if (renewed instanceof Failure) return renewed;
  await extendLease();
  return call(renewed.value);
}

/** Gives a refusal of WeChat's the code that says what was refused. */
export const refusedAs = <T>(
  code: "tokenRefused" | "ticketRefused",
  outcome: T | Failure,
): T | Failure =>
  outcome instanceof Failure && outcome.code === "wechatRefused"
    ? new Failure(code, outcome.detail)
    : outcome;
