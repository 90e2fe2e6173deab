import { Failure } from "../errors.ts";
import type { CredentialOptions, ServedCredential } from "./credential-service.ts";
import type { CredentialOwner } from "./kinds.ts";

/** The errcodes of a token that WeChat no longer accepts: not the latest, invalid, expired. */
const DEAD_TOKEN: ReadonlySet<number> = new Set([40001, 40014, 42001]);
/** WeCom's 40001 is that of a wrong secret. */
const DEAD_WORK_TOKEN: ReadonlySet<number> = new Set([40014, 42001]);

/** Whether an errcode says that the token of a call is dead. */
export const isDeadTokenCode = (owner: CredentialOwner, errcode: number): boolean =>
  (owner === "app" ? DEAD_TOKEN : DEAD_WORK_TOKEN).has(errcode);

/** Whether a call failed because its token was dead. */
const isDeadToken = (outcome: unknown): boolean =>
  outcome instanceof Failure &&
  outcome.detail.wechat !== undefined &&
  DEAD_TOKEN.has(outcome.detail.wechat.errcode);

/**
 * Makes a call with a hosted token. When the token turns out dead, renews it once, by naming it,
 * and makes the call again.
 *
 * @param extendLease called before every request but the first, for a caller that holds a lease
 * @returns the outcome of the call, or the Failure of getting a token
 */
export async function callWithToken<T>(
  getToken: (options: CredentialOptions) => Promise<ServedCredential | Failure>,
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

/** Replaces the code of WeChat's refusal by the one that names the refused credential. */
export const refusedAs = <T>(
  code: "tokenRefused" | "ticketRefused",
  outcome: T | Failure,
): T | Failure =>
  outcome instanceof Failure && outcome.code === "wechatRefused"
    ? new Failure(code, outcome.detail)
    : outcome;
