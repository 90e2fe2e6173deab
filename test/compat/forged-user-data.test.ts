/**
 * A client forges encrypted data with its own session: nothing authenticates CBC, so whatever it
 * could learn from a refusal would let it make ciphertexts of its choice (a padding oracle).
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { sha256 } from "../../src/crypto/digest.ts";
import { decodeUserData, encryptUserData } from "../../src/crypto/user-data.ts";
import type { SandboxUser } from "../../src/sandbox/world.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";

let production: Production;
beforeAll(async () => {
  production = await startProduction();
});
afterAll(() => production[Symbol.asyncDispose]());

const BLOCK = 16;
const IV = Buffer.from("an iv of 16 byte");
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

/** A client's data, as bytes; without iv in the scheme of before 2016. */
interface Sealed {
  data: Uint8Array;
  iv: Uint8Array | null;
}

/** The part of an answer that does not differ from request to request. */
type Answer = string;

async function send(path: string, body: object, method = "POST"): Promise<Answer> {
  const response = await fetch(production.waferd.url + path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const { "x-request-id": id = "", date: _, ...headers } = Object.fromEntries(response.headers);
  const text = await response.text();
  noteSecret(...(text.match(/\b[0-9a-f]{64}\b/g) ?? []));
  return JSON.stringify({ status: response.status, headers, text: text.replaceAll(id, "ID") });
}

const envelope = (interfaceName: string, para: object) =>
  send("/", { interface: { interfaceName, appid: APP.appid, para } });

/** A user whose logins keep the session_key. */
function userOf(name: string, sessionKey = Buffer.from(sha256(name).subarray(0, BLOCK))) {
  const user = production.user(name);
  production.sandbox.world.change(user, { sessionKey: base64(sessionKey) });
  return user;
}

const proofOf = async (user: SandboxUser) => (await production.login(user, true)).returnData;
const codeOf = (user: SandboxUser) => production.device(user).code;
const old = ({ data, iv }: Sealed) => ({
  encrypt_data: base64(data),
  ...(iv && { iv: base64(iv) }),
});
const current = ({ data, iv }: Sealed) => ({
  encryptedData: base64(data),
  ...(iv && { iv: base64(iv) }),
});

type Door = (user: SandboxUser) => Promise<(sealed: Sealed) => Promise<Answer>>;

const withSession =
  (interfaceName: string): Door =>
  async (user) => {
    const { id, skey } = await proofOf(user);
    return (sealed) => envelope(interfaceName, { id, skey, ...old(sealed) });
  };

const rest =
  (method: string, route: string): Door =>
  async (user) => {
    const { id, skey } = await proofOf(user);
    return (sealed) =>
      send(`/api/v1/sessions/${id}/${route}`, { skey, ...current(sealed) }, method);
  };

/** Every place that decrypts what a client sends. */
const DOORS: Record<string, Door> = {
  "qcloud.cam.id_skey": async (user) => (sealed) =>
    envelope("qcloud.cam.id_skey", { code: codeOf(user), ...old(sealed) }),
  "qcloud.cam.userinfo": withSession("qcloud.cam.userinfo"),
  "qcloud.cam.decrypt": withSession("qcloud.cam.decrypt"),
  "qcloud.cam.auth with data": withSession("qcloud.cam.auth"),
  "/mina/login": async (user) => (sealed) =>
    send("/mina/login", { app_id: APP.appid, code: codeOf(user), ...old(sealed) }),
  "POST /sessions": async (user) => (sealed) =>
    send("/api/v1/sessions", { appid: APP.appid, code: codeOf(user), ...current(sealed) }),
  "PUT /sessions/{id}/user-info": rest("PUT", "user-info"),
  "POST /sessions/{id}/decrypt": rest("POST", "decrypt"),
};
/** The doors that take data without iv. */
const WITHOUT_IV = Object.keys(DOORS).filter((door) => !/userinfo|user-info|auth/.test(door));

const doorOf = (name: string, user: SandboxUser) => (DOORS[name] as Door)(user);

/** Data of one length that differs in what is wrong with it. */
const LENGTH = 4 * BLOCK;
const padded = (text: string | Uint8Array) => {
  const bytes = Buffer.alloc(LENGTH, " ");
  bytes.set(Buffer.from(text));
  bytes[LENGTH - 1] = 1;
  return bytes;
};
const watermark = { appid: APP.appid };
const WRONG: Record<string, Buffer> = {
  "bad padding": Buffer.alloc(LENGTH, 0x7f),
  "bad padding after whole data": Buffer.from(JSON.stringify({ watermark }).padEnd(LENGTH)),
  "padding of 0": Buffer.alloc(LENGTH),
  "bytes that are not UTF-8": padded(Buffer.alloc(LENGTH, 0xff)),
  "a text that is not JSON": padded("x".repeat(LENGTH)),
  "a JSON array": padded("[]"),
  "nothing but padding": Buffer.alloc(LENGTH, BLOCK).fill(" ", 0, LENGTH - BLOCK),
  "a depth of 66": padded('{"a":'.repeat(12) + "[".repeat(4)),
  "a watermark that is a text": padded('{"watermark":"wx"}'),
  "a watermark without appid": padded('{"watermark":{}}'),
};
/** Not wrong in the scheme without iv. */
const NO_WATERMARK = padded("{}");

/** Encrypts whole blocks as they are, so without padding. */
function seal(blocks: Uint8Array, sessionKey: string, iv: Uint8Array | null): Sealed {
  const ivText = iv && base64(iv);
  const { data } = decodeUserData(encryptUserData(blocks, sessionKey, ivText), ivText);
  return { data: data.subarray(0, blocks.length), iv };
}

const CASES = [
  ...Object.keys(DOORS).map((door) => ({ door, iv: IV as Buffer | null, scheme: "an iv" })),
  ...WITHOUT_IV.map((door) => ({ door, iv: null, scheme: "no iv" })),
];

test.each(CASES)(
  "$door with $scheme refuses all data that is not whole with one answer",
  async ({ door, iv, scheme }) => {
    const user = userOf(`${door} ${scheme}`);
    const ask = await doorOf(door, user);
    const answers = new Map<string, Answer>();
    const wrong = iv === null ? WRONG : { ...WRONG, "no watermark": NO_WATERMARK };
    for (const [what, blocks] of Object.entries(wrong))
      answers.set(what, await ask(seal(blocks, user.sessionKey, iv)));
    const [one = ""] = answers.values();
    expect(one).toContain("not decryptable");
    expect(Object.fromEntries(answers)).toEqual(
      Object.fromEntries(Object.keys(wrong).map((what) => [what, one])),
    );
  },
);

test.each(["qcloud.cam.id_skey", "/mina/login", "POST /sessions"])(
  "%s uses the code up, whatever is wrong",
  async (door) => {
    const user = userOf(`burnt ${door}`);
    for (const blocks of Object.values(WRONG)) {
      const { code } = production.device(user);
      const sealed = seal(blocks, user.sessionKey, IV);
      const again = { code, ...(door === "POST /sessions" ? current(sealed) : old(sealed)) };
      const login = () =>
        door === "qcloud.cam.id_skey"
          ? envelope(door, again)
          : door === "/mina/login"
            ? send(door, { app_id: APP.appid, ...again })
            : send("/api/v1/sessions", { appid: APP.appid, ...again });
      expect(await login()).toContain("not decryptable");
      expect(await login()).toMatch(/WEIXIN_CODE_ERR|codeRefused/);
    }
  },
);

test.each([
  {
    name: "of another app",
    plain: { watermark: { appid: OTHER_APP.appid } },
    told: "watermark is of another app",
  },
  {
    name: "of another user",
    plain: { watermark, openId: "another" },
    told: "openId is another user's",
  },
])("data that is whole but $name is told so at every door", async ({ name, plain, told }) => {
  for (const door of Object.keys(DOORS)) {
    const user = userOf(`${name} at ${door}`);
    const ask = await doorOf(door, user);
    const iv = base64(IV);
    const data = Buffer.from(encryptUserData(JSON.stringify(plain), user.sessionKey, iv), "base64");
    expect(await ask({ data, iv: IV })).toContain(told);
  }
});

/**
 * The attack: to make the last block decrypt to a phone number, its intermediate state is found
 * byte by byte from the end. Each byte takes the one of 256 guesses that is answered differently,
 * because its padding is right.
 */
test.each(["qcloud.cam.decrypt", "POST /sessions/{id}/decrypt", "qcloud.cam.userinfo"])(
  "a padding-oracle forger finds no byte of a block at %s",
  async (door) => {
    const target = Buffer.from("the block wanted");
    // All its sessions share a key, so no limit for one session stops it.
    const answers = await Promise.all(
      Array.from({ length: 16 }, async (_, number) => {
        const user = userOf(`forger ${number} at ${door}`, Buffer.from("key of a forger."));
        const ask = await doorOf(door, user);
        const told: Answer[] = [];
        for (let guess = number; guess < 256; guess += 16) {
          const previous = Buffer.alloc(BLOCK, 0xa5);
          previous[BLOCK - 1] = guess;
          told.push(await ask({ data: Buffer.concat([previous, target]), iv: IV }));
        }
        return told;
      }),
    );
    expect([...new Set(answers.flat())]).toEqual([expect.stringContaining("not decryptable")]);
  },
);
