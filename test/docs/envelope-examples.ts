import { DEMO_AGENT, DEMO_APP } from "../../src/sandbox/world.ts";
import { noteSecret } from "../harness/secrets.ts";
import { type EnvelopeAnswer, Waferd } from "../harness/waferd.ts";

/** A request of an interface and its answer, as the OpenAPI document shows them. */
export interface Exchange {
  interfaceName: string;
  request: object;
  answer: EnvelopeAnswer;
}

/**
 * Calls every interface of a fresh sandbox of the executable, and writes down what went to and fro.
 */
export async function recordExchanges(): Promise<Exchange[]> {
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const key = waferd.adminKey;
  const exchanges: Exchange[] = [];
  const call = async (interfaceName: string, para: Record<string, unknown>) => {
    const answer = await waferd.call(interfaceName, para, { key });
    exchanges.push({
      interfaceName,
      request: { version: 1, componentName: "MA", interface: { interfaceName, para } },
      answer,
    });
    return answer.returnData;
  };
  const login = await fetch(`${waferd.url}/sandbox/login?user=alice`);
  const { code, encryptedData: encrypt_data, iv } = (await login.json()) as Record<string, string>;
  noteSecret(code);
  const { appid } = DEMO_APP;
  const { corpid, agentid, secret: agentsecret } = DEMO_AGENT;

  const { id, skey } = await call("qcloud.cam.id_skey", { code, encrypt_data, iv });
  await call("qcloud.cam.auth", { id, skey });
  await call("qcloud.cam.userinfo", { id, skey, encrypt_data, iv });
  await call("qcloud.cam.decrypt", { id, skey, encrypt_data, iv });
  const secret = "the-app-secret-of-this-app";
  await call("qcloud.cam.initapp", { appid: "wx1234567890abcdef", secret });
  await call("qcloud.cam.initdata", {
    appid: "wx1234567890abcdef",
    secret,
    qcloud_appid: "1250000000",
    ip: "127.0.0.1",
    cdb_ip: "127.0.0.1",
    cdb_port: "3306",
    cdb_user_name: "root",
    cdb_pass_wd: "",
  });
  await call("qcloud.mimi.access_token", { appid });
  await call("qcloud.mimi.ticket", { appid, type: "jsapi" });
  await call("qcloud.work.initagent", { corpid, agentid, agentsecret, remark: "contacts" });
  await call("qcloud.work.access_token", { corpid, agentid });
  await call("qcloud.work.ticket", { corpid, agentid });
  await call("qcloud.work.agent.ticket", { corpid, agentid });
  const account = {
    appid: "200001",
    sid: "AKIDUfLUEUigQiXqm7CVSspKJnuaiIKtxqAv",
    skey: "the-secret-key-of-the-account",
    bucket: "newbucket",
  };
  await call("qcloud.cos.auth.reusable", { ...account, expiration: "1900000000" });
  await call("qcloud.cos.auth.nonreusable", { ...account, filepath: "/folder/file.txt" });
  return exchanges;
}
