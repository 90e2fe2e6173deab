/**
 * The limits on a login's members hold in every protocol (docs/protocol-reference.md#interfaces).
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";

let production: Production;
beforeAll(async () => {
  production = await startProduction();
});
afterAll(() => production[Symbol.asyncDispose]());

type Members = { code?: unknown; encryptedData?: unknown; iv?: unknown };
/**
 * How a login went in a protocol: `ok`, or the failure and the member in it, as the protocol has
 * them.
 */
type Outcome = string;

async function post(path: string, body: object) {
  const response = await fetch(`${production.waferd.url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  noteSecret(...(text.match(/\b[0-9a-f]{64}\b/g) ?? []));
  return { status: response.status, answer: JSON.parse(text) };
}

const oldMembers = ({ code, encryptedData, iv }: Members) => ({
  code,
  encrypt_data: encryptedData,
  iv,
});

const PROTOCOLS: Record<string, (members: Members) => Promise<Outcome>> = {
  async envelope(members) {
    const answer = await production.waferd.call("qcloud.cam.id_skey", oldMembers(members));
    return answer.returnCode === 0
      ? "ok"
      : answer.returnMessage.replace(/^DECRYPT_FAIL.*/, "DECRYPT_FAIL");
  },
  async mina(members) {
    const { answer } = await post("/mina/login", { ...oldMembers(members), app_id: APP.appid });
    return answer.ok === "success" ? "ok" : answer.msg.replace(/^DECRYPT_FAIL.*/, "DECRYPT_FAIL");
  },
  async rest(members) {
    const { status, answer } = await post("/api/v1/sessions", { ...members, appid: APP.appid });
    return status === 201 ? "ok" : `${answer.code} ${answer.errors?.[0]?.pointer ?? ""}`.trimEnd();
  },
  /** Its login has a code only; the headers are texts. */
  async weapp({ code }) {
    const response = await fetch(`${production.waferd.url}/weapp-session`, {
      headers: {
        "X-WX-Appid": APP.appid,
        "X-WX-Code": String(code ?? ""),
        "X-WX-RawData": encodeURIComponent("{}"),
        "X-WX-Signature": "0".repeat(40),
      },
    });
    const answer = (await response.json()) as { reason?: string; error?: { message: string } };
    return answer.reason ?? answer.error?.message ?? "ok";
  },
};

const TOO_LONG = "c".repeat(513);
const LONGEST = "c".repeat(512);
const BAD_CODE = { envelope: "PARA_ERR: code", mina: "PARA_ERR: code", rest: "badParameter /code" };
const REFUSED_CODE = {
  envelope: "WEIXIN_CODE_ERR",
  mina: "WEIXIN_CODE_ERR",
  rest: "codeRefused",
  weapp: "ERR_SESSION_KEY_EXCHANGE_FAILED",
};
const NO_DATA = {
  envelope: "PARA_ERR: encrypt_data",
  mina: "PARA_ERR: encrypt_data",
  rest: "badParameter /encryptedData",
};

interface Row {
  when: string;
  /** The members to send; those that are undefined are left out. */
  members: (device: { code: string; encryptedData: string; iv: string }) => Members;
  /** By protocol; a protocol that cannot send such members is left out. */
  outcomes: Readonly<Record<string, Outcome>>;
}

const ROWS: Row[] = [
  {
    when: "a code of 513 characters",
    members: () => ({ code: TOO_LONG }),
    outcomes: { ...BAD_CODE, weapp: "X-WX-Code has more than 512 characters" },
  },
  { when: "a code of 512 characters", members: () => ({ code: LONGEST }), outcomes: REFUSED_CODE },
  {
    when: "an empty code",
    members: () => ({ code: "" }),
    // Without a code the weapp protocol has no session to look for, and says so.
    outcomes: { ...BAD_CODE, weapp: "ok" },
  },
  { when: "no code", members: () => ({}), outcomes: BAD_CODE },
  { when: "a code that is an object", members: () => ({ code: {} }), outcomes: BAD_CODE },
  {
    when: "an iv without data",
    members: ({ code, iv }) => ({ code, iv }),
    outcomes: NO_DATA,
  },
  {
    when: "an iv with empty data",
    members: ({ code, iv }) => ({ code, iv, encryptedData: "" }),
    outcomes: NO_DATA,
  },
  {
    when: "empty data and an empty iv",
    members: ({ code }) => ({ code, encryptedData: "", iv: "" }),
    // The REST API takes no empty members.
    outcomes: { envelope: "ok", mina: "ok", rest: "badParameter /encryptedData" },
  },
  {
    when: "data that is an array",
    members: ({ code, iv }) => ({ code, iv, encryptedData: [] }),
    outcomes: NO_DATA,
  },
  {
    when: "an iv that is an object",
    members: ({ code, encryptedData }) => ({ code, encryptedData, iv: {} }),
    outcomes: { envelope: "PARA_ERR: iv", mina: "PARA_ERR: iv", rest: "badParameter /iv" },
  },
  {
    when: "data without an iv, which is not of the scheme of before 2016",
    members: ({ code, encryptedData }) => ({ code, encryptedData }),
    outcomes: { envelope: "DECRYPT_FAIL", mina: "DECRYPT_FAIL", rest: "decryptionFailed" },
  },
  {
    when: "data and an iv",
    members: (device) => device,
    outcomes: { envelope: "ok", mina: "ok", rest: "ok" },
  },
];

test.each(
  ROWS.flatMap(({ when, members, outcomes }) =>
    Object.entries(outcomes).map(([protocol, outcome]) => ({ when, members, protocol, outcome })),
  ),
)("a login by $protocol with $when: $outcome", async ({ members, protocol, outcome }) => {
  const { code, encryptedData, iv } = production.device(production.user("members"));
  const login = PROTOCOLS[protocol];
  expect(await login?.(members({ code, encryptedData, iv }))).toBe(outcome);
});

test("a lone iv costs no code, in any protocol", async () => {
  for (const protocol of Object.keys(NO_DATA)) {
    const { code, iv } = production.device(production.user("spared"));
    await PROTOCOLS[protocol]?.({ code, iv });
    expect(await PROTOCOLS[protocol]?.({ code })).toBe("ok");
  }
});
