/** The limits in every protocol, against clients with public addresses behind a trusted proxy. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";
import { until } from "../harness/until.ts";

const EXCHANGE = "/sns/jscode2session";
/** The most codes of an address that WeChat refuses. */
const CODES = 5;
const KEYS = 10;

let production: Production;
beforeAll(async () => {
  production = await startProduction({
    args: [
      ...["--trusted-proxies", "127.0.0.1", "--trusted-networks", "198.51.100.0/24"],
      ...["--limits-failed-logins", `${CODES}/3600`, "--metrics", "true"],
      ...["--limits-failed-keys", `${KEYS}/3600`],
    ],
    // On a busy machine nothing may end for being late.
    environment: { WAFERD_WECHAT_TIMEOUT: "20" },
  });
});
afterAll(() => production[Symbol.asyncDispose]());

/** An answer, in the terms that all protocols share. */
interface Answer {
  outcome: "done" | "codeRefused" | "tooOften" | "other";
  /** The seconds to wait; null when the protocol does not say. */
  retryAfter: number | null;
}

interface Login {
  code: string;
  /** Raw data and its signature, for weapp. */
  signed: { rawData: string; signature: string };
  headers: Record<string, string>;
}

const post = (path: string, body: object, headers: Record<string, string>) =>
  fetch(`${production.waferd.url}${path}`, { method: "POST", body: JSON.stringify(body), headers });

/** Reads an answer of a protocol that says 429. */
async function readHttp(response: Response, done: number, refused: number): Promise<Answer> {
  const retryAfter = response.headers.get("retry-after");
  const text = await response.text();
  if (response.status === 429) return { outcome: "tooOften", retryAfter: Number(retryAfter) };
  expect(retryAfter).toBeNull();
  const isRefused = response.status === refused && /40029|code/i.test(text);
  if (isRefused && text.includes("WeChat refused the code"))
    return { outcome: "codeRefused", retryAfter: null };
  return { outcome: response.status === done ? "done" : "other", retryAfter: null };
}

const weappHeaders = ({ code, signed, headers }: Login) => ({
  ...headers,
  "X-WX-Appid": APP.appid,
  "X-WX-Code": code,
  "X-WX-RawData": encodeURIComponent(signed.rawData),
  "X-WX-Signature": signed.signature,
});

const OUTCOMES: Readonly<Record<number, Answer["outcome"]>> = {
  0: "done",
  40029: "codeRefused",
  45011: "tooOften",
};
const MINA_OUTCOMES: Readonly<Record<string, Answer["outcome"]>> = {
  WEIXIN_CODE_ERR: "codeRefused",
  TOO_OFTEN: "tooOften",
};

/** How each protocol logs in; the number makes the addresses of its clients. */
const PROTOCOLS: { name: string; number: number; login: (given: Login) => Promise<Answer> }[] = [
  {
    name: "envelope",
    number: 1,
    async login({ code, headers }) {
      const { returnCode, returnMessage, returnData } = await production.waferd.call(
        "qcloud.cam.id_skey",
        { code },
        { appid: APP.appid, headers },
      );
      const outcome = OUTCOMES[returnCode] ?? "other";
      if (outcome === "tooOften") expect(returnMessage).toBe("TOO_OFTEN");
      return { outcome, retryAfter: outcome === "tooOften" ? returnData : null };
    },
  },
  {
    name: "REST",
    number: 2,
    login: async ({ code, headers }) =>
      readHttp(await post("/api/v1/sessions", { code, appid: APP.appid }, headers), 201, 401),
  },
  {
    name: "mina",
    number: 3,
    async login({ code, headers }) {
      const response = await post("/mina/login", { code, app_id: APP.appid }, headers);
      expect(response.status).toBe(200);
      const { ok, msg, data } = (await response.json()) as Record<string, string>;
      if (ok === "success") return { outcome: "done", retryAfter: null };
      expect(data).toBeNull();
      return { outcome: MINA_OUTCOMES[msg ?? ""] ?? "other", retryAfter: null };
    },
  },
  {
    name: "weapp",
    number: 4,
    login: async (given) =>
      readHttp(
        await fetch(`${production.waferd.url}/weapp-session`, { headers: weappHeaders(given) }),
        200,
        200,
      ),
  },
  {
    name: "forward auth",
    number: 5,
    login: async (given) =>
      readHttp(
        await fetch(`${production.waferd.url}/forward-auth`, { headers: weappHeaders(given) }),
        204,
        401,
      ),
  },
];

const from = (address: string) => ({ "X-Forwarded-For": address });
let codes = 0;
const bogus = (headers: Record<string, string>): Login => {
  codes += 1;
  return { code: `no-such-code-${codes}`, signed: { rawData: "{}", signature: "x" }, headers };
};
function good(name: string, headers: Record<string, string>): Login {
  const user = production.user(name);
  const { code, rawData } = production.device(user);
  const signature = createHash("sha1").update(`${rawData}${user.sessionKey}`).digest("hex");
  return { code, signed: { rawData, signature }, headers };
}

/** Sends bad codes all at once; returns the outcomes, sorted, and how many reached WeChat. */
async function flood(
  login: (given: Login) => Promise<Answer>,
  count: number,
  headersOf: (index: number) => Record<string, string>,
) {
  const { sandbox } = production;
  const before = sandbox.calls(EXCHANGE);
  sandbox.faults.set(EXCHANGE, { latencyMs: 50 });
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => login(bogus(headersOf(index)))),
  );
  sandbox.faults.clear(EXCHANGE);
  const refused = answers.filter(({ outcome }) => outcome === "tooOften");
  for (const { retryAfter } of refused)
    if (retryAfter !== null) expect(retryAfter).toBeWithin(1, 3600 / CODES + 1);
  expect(answers.filter(({ outcome }) => outcome === "codeRefused").length).toBe(
    count - refused.length,
  );
  return { refused: refused.length, exchanges: sandbox.calls(EXCHANGE) - before };
}

test.each(PROTOCOLS)(
  "$name: bad codes of an address, all at once, reach WeChat no more often than the limit says",
  async ({ number, login }) => {
    const attacker = from(`203.0.113.${number}`);
    expect(await flood(login, 40, () => attacker)).toEqual({
      refused: 40 - CODES,
      exchanges: CODES,
    });
    const { calls } = production.sandbox;
    const before = calls(EXCHANGE);
    expect((await login(good(`of-${number}`, attacker))).outcome).toBe("tooOften");
    expect(calls(EXCHANGE)).toBe(before);
    expect((await login(good(`of-${number}`, from("203.0.113.99")))).outcome).toBe("done");
    expect((await login(good(`of-${number}`, {}))).outcome).toBe("done");
  },
);

test.each(PROTOCOLS)(
  "$name: bad codes from the whole of an IPv6 /64, and as IPv6 from an IPv4 address, are one address's",
  async ({ number, login }) => {
    const network = await flood(login, 10, (index) => from(`2001:db8:0:${number}:${index}::1`));
    expect(network).toEqual({ refused: 10 - CODES, exchanges: CODES });
    const next = await flood(login, 1, () => from(`2001:db8:0:10${number}::1`));
    expect(next).toEqual({ refused: 0, exchanges: 1 });
    const mapped = await flood(login, 10, (index) =>
      from(index % 2 === 0 ? `203.0.113.1${number}` : `::ffff:203.0.113.1${number}`),
    );
    expect(mapped).toEqual({ refused: 10 - CODES, exchanges: CODES });
  },
);

test.each(PROTOCOLS)(
  "$name: good codes are never limited, and give their tokens back",
  async ({ number, login }) => {
    const headers = from(`203.0.113.2${number}`);
    production.sandbox.faults.set(EXCHANGE, { latencyMs: 20 });
    const answers = await Promise.all(
      Array.from({ length: 4 * CODES }, (_, index) =>
        login(good(`many-${number}-${index}`, headers)),
      ),
    );
    production.sandbox.faults.clear(EXCHANGE);
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(["done"]));
    // An outage is not the client's fault either.
    production.sandbox.faults.set(EXCHANGE, { status: 502 });
    for (let count = 0; count < CODES + 1; count += 1) await login(bogus(headers));
    production.sandbox.faults.clear(EXCHANGE);
    expect((await login(good(`many-${number}`, headers))).outcome).toBe("done");
  },
);

test.each([
  { who: "this machine", headers: {} },
  { who: "a private network", headers: from("10.1.2.3") },
  { who: "a load balancer", headers: from("100.64.3.4") },
  { who: "a private IPv6 network", headers: from("fd00::5") },
  { who: "trusted_networks", headers: from("198.51.100.7") },
])("bad codes from $who are not counted", async ({ headers }) => {
  for (const { login } of PROTOCOLS)
    expect(await flood(login, 2 * CODES, () => headers)).toMatchObject({ refused: 0 });
});

test.each(PROTOCOLS.filter(({ name }) => ["envelope", "REST"].includes(name)))(
  "$name: a login with a good key is not counted, one with a wrong key is",
  async ({ number, login }) => {
    const address = from(`203.0.113.3${number}`);
    const keyed = (key: string) => ({ ...address, Authorization: `Bearer ${key}` });
    const { adminKey } = production;
    expect(await flood(login, 3 * CODES, () => keyed(adminKey))).toMatchObject({ refused: 0 });
    expect(await flood(login, 3 * CODES, () => keyed("wrong"))).toMatchObject({
      refused: 2 * CODES,
    });
    expect((await login(good(`keyed-${number}`, keyed(adminKey)))).outcome).toBe("done");
  },
);

/** A way to show a key. */
interface Door {
  name: string;
  number: number;
  knock: (headers: Record<string, string>) => Promise<"open" | "shut" | number>;
}

const envelopeDoor =
  (interfaceName: string, para: object) =>
  async (headers: Record<string, string>): Promise<"open" | "shut" | number> => {
    const answer = await production.waferd.call(
      interfaceName,
      { appid: APP.appid, ...para },
      { headers },
    );
    if (answer.returnCode === 45011) return answer.returnData;
    return answer.returnMessage === "KEY_REQUIRED" ? "shut" : "open";
  };

const httpDoor = (method: string, path: string) => async (headers: Record<string, string>) => {
  const { status, headers: sent } = await fetch(`${production.waferd.url}${path}`, {
    method,
    headers,
  });
  if (status === 429) return Number(sent.get("retry-after"));
  return status === 401 ? "shut" : "open";
};

const DOORS: Door[] = [
  {
    name: "the envelope's initapp",
    knock: envelopeDoor("qcloud.cam.initapp", { secret: "secret" }),
  },
  { name: "the envelope's tokens", knock: envelopeDoor("qcloud.mimi.access_token", {}) },
  { name: "a route of the admin key", knock: httpDoor("GET", "/api/v1/apps") },
  {
    name: "a route of service keys",
    knock: httpDoor("GET", `/api/v1/apps/${APP.appid}/credentials/token`),
  },
  { name: "a route with a body", knock: httpDoor("POST", "/api/v1/service-keys") },
  { name: "/metrics", knock: httpDoor("GET", "/metrics") },
].map((door, index) => ({ ...door, number: index + 1 }));

test.each(DOORS)(
  "$name: wrong keys of an address are refused after the limit, and a right one passes",
  async ({ number, knock }) => {
    noteSecret(production.adminKey);
    // A private address: business servers can be attacked as well.
    const address = from(`10.0.0.${number}`);
    for (let count = 0; count < 2 * KEYS; count += 1) expect(await knock(address)).toBe("shut");
    const wrongKeys = Array.from({ length: 5 * KEYS }, (_, index) =>
      index % 2 === 0 ? `wrong-${index}` : `waferd_key_${index.toString(16).padStart(64, "0")}`,
    );
    const answers = await Promise.all(
      wrongKeys.map((key) => knock({ ...address, Authorization: `Bearer ${key}` })),
    );
    const shut = answers.filter((answer) => answer === "shut").length;
    expect(shut).toBe(KEYS);
    for (const answer of answers) if (answer !== "shut") expect(answer).toBeWithin(1, 361);
    expect(await knock({ ...address, Authorization: `Bearer ${production.adminKey}` })).toBe(
      "open",
    );
    expect(await knock(address)).toBe("shut");
    expect(await knock({ ...from("10.0.1.1"), Authorization: "Bearer wrong" })).toBe("shut");
  },
);

test("refusals are counted in /metrics, logged once an address, and not logged as requests", async () => {
  const { waferd, adminKey } = production;
  const attacker = from("203.0.113.200");
  const login = PROTOCOLS[0]?.login;
  if (login === undefined) throw new Error("no protocol");
  const read = async (): Promise<number> => {
    const headers = { Authorization: `Bearer ${adminKey}` };
    const text = await (await fetch(`${waferd.url}/metrics`, { headers })).text();
    expect(text).toContain('waferd_limit_refusals_total{limit="failed_decryptions"}');
    return Number(/^waferd_limit_refusals_total\{limit="failed_logins"\} (\d+)$/m.exec(text)?.[1]);
  };
  const before = await read();
  await flood(login, CODES + 20, () => attacker);
  expect(await read()).toBe(before + 20);
  const line = await waferd.logged(({ address }) => address === "203.0.113.200");
  expect(line).toMatchObject({ level: "warn", limit: "failed_logins", count: 1 });
  // A line that comes after all others of these requests.
  await login(bogus(from("203.0.113.201")));
  await waferd.logged(({ peer }) => peer === "203.0.113.201");
  expect(waferd.log.filter(({ peer }) => peer === "203.0.113.200")).toHaveLength(CODES);
  expect(waferd.log.filter(({ address }) => address === "203.0.113.200")).toHaveLength(1);
});

/** Opens connections that each send a login with a bad code, and closes them at the end. */
function floodOf(connections: number, headers: string): Disposable {
  const { port, hostname } = new URL(production.waferd.url);
  const sockets = Array.from({ length: connections }, (_, index) => {
    const para = { code: `flood-${index}`, appid: APP.appid };
    const body = JSON.stringify({ interface: { interfaceName: "qcloud.cam.id_skey", para } });
    const socket = connect(Number(port), hostname);
    // waferd may close a connection that is being closed.
    socket.on("error", () => undefined);
    socket.write(
      `POST / HTTP/1.1\r\nHost: waferd\r\n${headers}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    return socket;
  });
  return {
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

test("a flood of one address delays neither another's login nor a token", async () => {
  const { sandbox, waferd, adminKey } = production;
  const before = sandbox.calls(EXCHANGE);
  const exchanges = () => sandbox.calls(EXCHANGE) - before;
  sandbox.faults.set(EXCHANGE, { latencyMs: 400 });
  // A private address, whose bad codes are not counted.
  using _flood = floodOf(700, "X-Forwarded-For: 10.2.2.2");
  await until(() => exchanges() >= 90, 20_000);
  const login = PROTOCOLS[0]?.login(good("beside", from("203.0.113.150")));
  const token = waferd.call("qcloud.mimi.access_token", { appid: APP.appid }, { key: adminKey });
  expect((await login)?.outcome).toBe("done");
  expect((await token).returnCode).toBe(0);
  // In one line with the flood they would be the last.
  expect(exchanges()).toBeLessThan(400);
  sandbox.faults.clear(EXCHANGE);
});

/** A place that decrypts what a client sends. */
interface Decrypter {
  name: string;
  send: (proof: Proof, data: { encryptedData: string; iv: string }) => Promise<Response>;
}

interface Proof {
  id: string;
  skey: string;
  /** Returns a code of the user for a login. */
  code: () => string;
}

const decryptByEnvelope =
  (interfaceName: string): Decrypter["send"] =>
  ({ id, skey, code }, { encryptedData, iv }) => {
    const para = { id, skey, code: code(), encrypt_data: encryptedData, iv, appid: APP.appid };
    return post("/", { interface: { interfaceName, para } }, {});
  };

const DECRYPTERS: Decrypter[] = [
  ...["qcloud.cam.decrypt", "qcloud.cam.auth", "qcloud.cam.userinfo", "qcloud.cam.id_skey"].map(
    (name) => ({ name, send: decryptByEnvelope(name) }),
  ),
  {
    name: "REST decrypt",
    send: ({ id, skey }, data) => post(`/api/v1/sessions/${id}/decrypt`, { skey, ...data }, {}),
  },
  {
    name: "REST user-info",
    send: ({ id, skey }, data) =>
      fetch(`${production.waferd.url}/api/v1/sessions/${id}/user-info`, {
        method: "PUT",
        body: JSON.stringify({ skey, ...data }),
      }),
  },
  {
    name: "REST login",
    send: ({ code }, data) =>
      post("/api/v1/sessions", { appid: APP.appid, code: code(), ...data }, {}),
  },
  {
    name: "mina login",
    send: ({ code }, { encryptedData, iv }) =>
      post("/mina/login", { app_id: APP.appid, code: code(), encrypt_data: encryptedData, iv }, {}),
  },
];

/** A user whose logins keep the session_key. */
function userWithKey(name: string) {
  const user = production.user(name);
  const sessionKey = Buffer.from(name.padEnd(16).slice(0, 16)).toString("base64");
  production.sandbox.world.change(user, { sessionKey });
  return user;
}

/** Whether an answer is the refusal of a limit, a failed decryption, or a success. */
async function decryption(response: Response): Promise<"tooOften" | "failed" | "done"> {
  const text = await response.text();
  // Whole numbers only: the hex of an id may have the same digits.
  if (/\b45011\b|TOO_OFTEN|tooOften/.test(text)) {
    if (response.status === 429)
      expect(Number(response.headers.get("retry-after"))).toBeWithin(1, 181);
    else expect(response.status).toBe(200);
    return "tooOften";
  }
  return /\b60021\b|DECRYPT_FAIL|decryptionFailed/.test(text) ? "failed" : "done";
}

test.each(DECRYPTERS)(
  "$name: a session's data that does not decrypt is refused after 20 failures, also at other places",
  async ({ name, send }) => {
    const user = userWithKey(`forger at ${name}`);
    const { returnData } = await production.login(user, true);
    const proof = { ...returnData, code: () => production.device(user).code };
    const { encryptedData, iv } = production.device(user);
    const forged = { encryptedData: Buffer.alloc(64, name).toString("base64"), iv };
    // Whole data does not count, however often it comes.
    for (let count = 0; count < 25; count += 1)
      expect(await decryption(await decryptAgain(send, proof, { encryptedData, iv }))).toBe("done");
    const outcomes: string[] = [];
    for (let count = 0; count < 22; count += 1)
      outcomes.push(await decryption(await decryptAgain(send, proof, forged)));
    expect(outcomes).toEqual([...Array(20).fill("failed"), "tooOften", "tooOften"]);

    const { id, skey } = (await production.login(user, true)).returnData;
    for (const other of DECRYPTERS)
      expect(await decryption(await other.send({ ...proof, id, skey }, forged))).toBe("tooOften");
    const neighbour = userWithKey(`beside ${name}`);
    const beside = (await production.login(neighbour, true)).returnData;
    const data = production.device(neighbour);
    const code = () => production.device(neighbour).code;
    expect(await decryption(await send({ ...beside, code }, data))).toBe("done");
  },
);

/** Sends data after a login, which gives the session another skey. */
async function decryptAgain(
  send: Decrypter["send"],
  proof: Proof,
  data: { encryptedData: string; iv: string },
): Promise<Response> {
  const response = await send(proof, data);
  const body = (await response.clone().json()) as { returnData?: Proof; skey?: string };
  const skey = body.returnData?.skey ?? body.skey;
  if (skey !== undefined) proof.skey = skey;
  noteSecret(skey);
  return response;
}
