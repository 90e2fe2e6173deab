import { answerOf, api, dataOf, segment } from "./api.ts";
import { CallError } from "./problem.ts";

export interface NewAppInput {
  appid: string;
  secret: string;
  title: string;
}

/**
 * Registers an app, and checks its AppSecret by fetching its access token. An app whose check
 * fails is removed again, so that nothing is left of a mistake.
 *
 * @param isChecked false registers it unseen, for a server that does not reach WeChat yet
 */
export async function registerApp(
  { appid, secret, title }: NewAppInput,
  isChecked: boolean,
): Promise<void> {
  const { etag } = await answerOf(api.apps.post({ appid, secret, title }));
  if (!isChecked) return;
  const app = api.apps({ appid: segment(appid) });
  try {
    await dataOf(app.credentials({ kind: "access-token" }).get());
  } catch (error) {
    if (error instanceof CallError && etag !== null)
      await answerOf(app.delete(undefined, { headers: { "if-match": etag } })).catch(() => {});
    throw error;
  }
}
