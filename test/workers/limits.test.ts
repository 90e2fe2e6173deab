/** Limits whose requests reach different workers. */
import { expect, test } from "bun:test";
import { APP, startProduction } from "../harness/production.ts";

test("workers share a limit: together they let through no more than it says", async () => {
  const limits = ["--limits-failed-logins", "30/3600", "--limits-failed-keys", "30/3600"];
  await using production = await startProduction({
    args: ["--workers", "3", "--trusted-proxies", "127.0.0.1", ...limits],
    environment: { WAFERD_WECHAT_TIMEOUT: "20" },
  });
  const { waferd, sandbox, user, device } = production;
  // Each on a connection of its own: the kernel spreads connections, not requests.
  const headers = { "X-Forwarded-For": "203.0.113.7", Connection: "close" };
  const send = async (interfaceName: string, index: number, more: Record<string, string>) => {
    const para = { code: `no-such-code-${index}`, appid: APP.appid };
    const call = { headers: { ...headers, ...more } };
    return (await waferd.call(interfaceName, para, call)).returnCode;
  };
  const sendAll = async (interfaceName: string, more: Record<string, string> = {}) => {
    const sent = Array.from({ length: 150 }, (_, index) => send(interfaceName, index, more));
    const codes = await Promise.all(sent);
    return (code: number) => codes.filter((one) => one === code).length;
  };

  const logins = await sendAll("qcloud.cam.id_skey");
  // Every worker had some; a worker's share is ten.
  expect(logins(40029)).toBeWithin(11, 31);
  expect(sandbox.calls("/sns/jscode2session")).toBe(logins(40029));
  expect(logins(45011)).toBe(150 - logins(40029));

  const keys = await sendAll("qcloud.mimi.access_token", { Authorization: "Bearer wrong" });
  expect(keys(60012)).toBeWithin(11, 31);
  expect(keys(45011)).toBe(150 - keys(60012));

  const { code } = device(user("alice"));
  const honest = { "X-Forwarded-For": "203.0.113.8" };
  const call = { appid: APP.appid, headers: honest };
  expect((await waferd.call("qcloud.cam.id_skey", { code }, call)).returnCode).toBe(0);
});
