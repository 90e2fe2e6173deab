import fc from "fast-check";
import { APP, startProduction } from "../harness/production.ts";

/**
 * The return codes of docs/protocol-reference.md that a request can cause while nothing is broken;
 * 2000 is not one.
 */
const KNOWN = new Set([
  0, 1002, 1003, 1005, 1007, 1009, 1010, 1011, 1012, 1013, 40013, 40014, 40029, 60012, 60021,
]);

const NAMES = [
  ...["id_skey", "auth", "userinfo", "decrypt", "initapp", "initdata"].map(
    (name) => `qcloud.cam.${name}`,
  ),
  ...["access_token", "ticket"].map((name) => `qcloud.mimi.${name}`),
  ...["initagent", "access_token", "ticket", "agent.ticket"].map((name) => `qcloud.work.${name}`),
];
const MEMBERS = [
  "code",
  "encrypt_data",
  "iv",
  "id",
  "skey",
  "appid",
  "secret",
  "qcloud_appid",
  "ip",
  "cdb_ip",
  "force",
  "type",
  "corpid",
  "agentid",
  "agentsecret",
  "remark",
];

/**
 * Sends random requests to the executable: well-formed envelopes with unexpected members, any JSON,
 * and bytes.
 *
 * @param runs number of requests
 * @param seed seed of a failed run, to repeat it
 * @throws Error with the smallest request whose answer is not an envelope with a known code
 */
export async function fuzz(runs: number, seed?: number): Promise<void> {
  await using production = await startProduction();
  const { waferd } = production;
  const session = (await production.login(production.user("alice"))).returnData;

  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(session.id, session.skey, APP.appid, APP.secret, "", null, true, 0),
    fc.base64String(),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const para = fc.dictionary(fc.oneof(fc.constantFrom(...MEMBERS), fc.string()), value);
  const envelope = fc
    .record(
      {
        interfaceName: fc.oneof(fc.constantFrom(...NAMES), value),
        appid: value,
        para: fc.oneof(para, value),
      },
      { requiredKeys: [] },
    )
    .map((called) => JSON.stringify({ interface: called }));
  const body = fc.oneof(
    { weight: 6, arbitrary: envelope },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes)) },
  );
  const key = fc.constantFrom(undefined, production.adminKey);

  await fc.assert(
    fc.asyncProperty(body, key, async (bytes, adminKey) => {
      const response = await waferd.post(bytes, adminKey === undefined ? {} : { key: adminKey });
      const answer = await waferd.read(response);
      if (!KNOWN.has(answer.returnCode)) throw new Error(`returnCode ${answer.returnCode}`);
    }),
    { numRuns: runs, ...(seed !== undefined && { seed }) },
  );
  const proof = { id: session.id, skey: session.skey };
  const { returnCode } = await waferd.call("qcloud.cam.auth", proof);
  if (returnCode !== 0)
    throw new Error(`the session did not survive the random requests: ${returnCode}`);
}
