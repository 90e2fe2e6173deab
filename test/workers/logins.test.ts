/** Logins whose requests reach different workers. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { APP, type Production, startProduction } from "../harness/production.ts";

const EXCHANGE = "/sns/jscode2session";
/** Sends each request on its own connection, and so to any worker. */
const ALONE = { Connection: "close" };

let production: Production;
beforeAll(async () => {
  production = await startProduction({ args: ["--workers", "3", "--log-level", "debug"] });
});
afterAll(() => production[Symbol.asyncDispose]());

/** Sends requests that all arrive before the first code is exchanged; counts the exchanges. */
async function sendTogether<T>(ask: (index: number) => Promise<T>) {
  const { sandbox, waferd } = production;
  const before = sandbox.calls(EXCHANGE);
  const lines = waferd.log.length;
  sandbox.faults.set(EXCHANGE, { latencyMs: 400, times: 1 });
  const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => ask(index)));
  const workers = new Set(waferd.log.slice(lines).map(({ pid }) => pid));
  expect(workers.size).toBeGreaterThan(1);
  return { answers, exchanges: sandbox.calls(EXCHANGE) - before };
}

const login = (para: Record<string, unknown>) =>
  production.waferd.call("qcloud.cam.id_skey", para, { appid: APP.appid, headers: ALONE });

test("identical logins at several workers share one call to WeChat and one answer", async () => {
  const { code, encryptedData, iv } = production.device(production.user("together"));
  const { answers, exchanges } = await sendTogether(() =>
    login({ code, encrypt_data: encryptedData, iv }),
  );
  expect(exchanges).toBe(1);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]?.returnMessage).toBe("NEW_SESSION_SUCCESS");
  // The code is used up: a later login gets nothing, from any worker.
  for (let count = 0; count < 6; count += 1) expect((await login({ code })).returnCode).toBe(40029);
});

test("logins with one code at several workers check and keep the user data that some of them send", async () => {
  const user = production.user("half");
  const { code, encryptedData, iv } = production.device(user);
  const { answers, exchanges } = await sendTogether((index) =>
    login(
      index % 3 === 0
        ? { code }
        : { code, encrypt_data: index % 3 === 1 ? encryptedData : "AAAA", iv },
    ),
  );
  expect(exchanges).toBe(1);
  for (const [index, { returnCode, returnData }] of answers.entries()) {
    expect(returnCode).toBe(index % 3 === 2 ? 60021 : 0);
    if (index % 3 === 1) expect(returnData.user_info).toMatchObject(user.profile);
  }
  expect(new Set(answers.flatMap(({ returnData }) => returnData?.skey ?? [])).size).toBe(1);
});

test("weapp-session requests with one code at several workers share one exchange and one answer", async () => {
  const user = production.user("weapp");
  const { code, rawData } = production.device(user);
  const signature = createHash("sha1").update(`${rawData}${user.sessionKey}`).digest("hex");
  const { answers, exchanges } = await sendTogether(async () => {
    const headers = {
      ...ALONE,
      "X-WX-Appid": APP.appid,
      "X-WX-Code": code,
      "X-WX-RawData": encodeURIComponent(rawData),
      "X-WX-Signature": signature,
    };
    return (await fetch(`${production.waferd.url}/weapp-session`, { headers })).json();
  });
  expect(exchanges).toBe(1);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toMatchObject({ $wxUserInfo: { openId: user.openid } });
});

test(
  "a disk that refuses one login keeps the codes of later ones usable, at any worker",
  async () => {
    const { sandbox, waferd, user, device } = production;
    const codes = Array.from({ length: 9 }, (_, index) => device(user(`full-${index}`)).code);
    const [first, ...later] = codes;
    const send = async (code = "") => (await login({ code })).returnCode;
    // A worker ends when its disk fails in the middle of LMDB's own pages: then it is tried again.
    waferd.freeDisk();
    expect(await send(device(user("not-full")).code)).toBe(0);
    const before = sandbox.calls(EXCHANGE);
    waferd.fillDisk();
    expect(await send(first)).toBe(1006);
    for (const code of later) expect(await send(code)).toBe(1006);
    expect(sandbox.calls(EXCHANGE) - before).toBe(1);
    waferd.freeDisk();
    for (const code of later) expect(await send(code)).toBe(0);
  },
  { retry: 5 },
);
