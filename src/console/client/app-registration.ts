import { answerOf, api } from "./api.ts";

export interface NewAppInput {
  appid: string;
  secret: string;
  title: string;
}

const checkApp = (appid: string, secret: string) =>
  answerOf(api.apps.check.post({ appid, secret }));

/** WeChat's answer to an appid and its AppSecret. */
type AppCheck = Awaited<ReturnType<typeof checkApp>>["data"];

/** Why WeChat refused an app, or did not answer, and the id of the check in the log. */
export type AppRefusal = Extract<AppCheck, { ok: false }> & { requestId: string | null };

/**
 * Has WeChat check an app, and registers it when WeChat takes its AppSecret.
 *
 * @param isChecked false registers it unseen, for a server that does not reach WeChat yet
 * @returns why it was not registered; null when it was
 */
export async function registerApp(
  { appid, secret, title }: NewAppInput,
  isChecked: boolean,
): Promise<AppRefusal | null> {
  if (isChecked) {
    const { data, requestId } = await checkApp(appid, secret);
    if (!data.ok) return { ...data, requestId };
  }
  await answerOf(api.apps.post({ appid, secret, title }));
  return null;
}
