import fc from "fast-check";
import { envelopes } from "../harness/envelopes.ts";
import { APP, startProduction } from "../harness/production.ts";

/**
 * The return codes of docs/protocol-reference.md that a request can cause while nothing is broken;
 * 2000 is not one.
 */
const KNOWN = new Set([
  ...[-1, 0, 1002, 1003, 1005, 1007, 1009, 1010, 1011, 1012, 1013],
  ...[40013, 40014, 40029, 45011, 60012, 60021],
]);

/**
 * Sends random requests to the executable: envelopes of every interface with unexpected members,
 * any JSON, and bytes.
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
  const { id: sessionId, skey } = session;
  const known = { sessionId, skey, appid: APP.appid, appSecret: APP.secret };
  const body = fc.oneof(
    { weight: 6, arbitrary: envelopes(known, value).map((request) => JSON.stringify(request)) },
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
