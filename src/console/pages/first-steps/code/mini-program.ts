import type { SnippetFacts } from "./snippet.ts";

/** Returns the maker of a mini program's code for a platform, whose calls have wx's names. */
export const miniProgramSnippet =
  (platform: string, head: string) =>
  ({ base }: SnippetFacts): string =>
    `${head}const BASE = "${base}";
const request = (options) =>
  new Promise((success, fail) => ${platform}.request({ ...options, success, fail }));

let pending = null;

/** Logs in once for all calls that wait for it. */
const login = () =>
  (pending ??= (async () => {
    const { code } = await new Promise((success, fail) => ${platform}.login({ success, fail }));
    const { statusCode, data } = await request({
      url: \`\${BASE}/login\`,
      method: "POST",
      data: { code },
    });
    if (statusCode >= 300) throw new Error(\`login: \${statusCode}\`);
    ${platform}.setStorageSync("session", { id: data.id, skey: data.skey });
  })().finally(() => (pending = null)));

/** Calls the business server with the session, and logs in again when it has ended. */
export async function call(options, isRetry = false) {
  const { id = "", skey = "" } = ${platform}.getStorageSync("session") || {};
  const answer = await request({
    ...options,
    url: BASE + options.url,
    header: { ...options.header, "X-Session-Id": id, "X-Session-Skey": skey },
  });
  if (answer.statusCode !== 401 || isRetry) return answer;
  await login();
  return call(options, true);
}

// const { data } = await call({ url: "/me" });
`;
