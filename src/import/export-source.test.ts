import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { sampleAgent, sampleApp, sampleCredential } from "../../test/conformance/samples.ts";
import { openFrom } from "../../test/harness/import-source.ts";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import { StartError } from "../core/errors.ts";
import type { Moved, Unreadable } from "../core/transfer/transfer.ts";
import { sha256 } from "../crypto/digest.ts";
import { createSealer, type Sealer } from "../crypto/seal.ts";
import { exportEnd, exportHeader, exportLine } from "./export-line.ts";
import { allOf, NOW, OPTIONS, unreadableOf } from "./fixtures/samples.ts";

const SEALER = OPTIONS.sealer as Sealer;
const OTHER_KEY = createSealer(Buffer.alloc(32, 8));
const [APP_1, APP_2] = ["wx1111111111111111", "wx2222222222222222"];
const SECRETS = [
  "the-secret-of-1",
  "the-secret-of-2",
  "secret-of-agent",
  "token-value-1",
  "skey-of-a",
  "session-key",
];

const session = (appid: string, id: string, skey: string | null): Moved => ({
  kind: "session",
  session: {
    ...{ id, appid, openid: `openid-${id}`, unionid: id === "a" ? "union-of-a" : null },
    skey,
    skeyHash: sha256(skey ?? "unknown"),
    sessionKey: "session-key",
    userInfo: {
      openId: `openid-${id}`,
      ...(id === "a" && { unionId: "union-of-a" }),
      nickName: "爱 😀\n\u2028\ud800",
      nested: { a: [1, null] },
    },
    loginAt: NOW - 12_345,
    lastVisitAt: NOW - 1,
  },
});

const credential = (key: string, forcedAt: number | null): Moved => ({
  kind: "credential",
  credential: { ...sampleCredential(), key, value: "token-value-1", forcedAt },
});

const RECORDS: readonly Moved[] = [
  {
    kind: "app",
    number: 3,
    app: sampleApp({
      appid: APP_1,
      title: "小程序",
      appSecret: "the-secret-of-1",
      sessionsPerUser: 5,
    }),
  },
  {
    kind: "app",
    number: null,
    app: sampleApp({ appid: APP_2, appSecret: "the-secret-of-2", tokenEndpoint: "legacy" }),
  },
  { kind: "agent", agent: { ...sampleAgent(), agentSecret: "secret-of-agent" } },
  {
    kind: "serviceKey",
    key: {
      id: "0123456789abcdef",
      title: "billing",
      keyHash: sha256("key"),
      apps: [APP_1, "ww1:1000002"],
      capabilities: ["phone", "proxy"],
      paths: ["/wxa/*"],
      createdAt: NOW,
      expiresAt: null,
      lastUsedAt: NOW,
      lastUsedFrom: "203.0.113.7",
    },
  },
  credential(`app:${APP_1}:token`, null),
  credential(`app:${APP_2}:ticket:wx_card`, NOW),
  credential("work:ww1:7:agent-ticket", null),
  session(APP_1, "a", "skey-of-a"),
  session(APP_2, "b", null),
  {
    kind: "audit",
    entry: {
      at: NOW,
      by: "admin",
      requestId: null,
      address: "203.0.113.7",
      action: "app.created",
      target: APP_1,
      changed: ["title"],
    },
  },
];

const linesOf = (records: readonly Moved[], sealer: Sealer | null): string[] => [
  exportHeader(NOW, sealer),
  ...records.map((record) => exportLine(record, sealer)),
  exportEnd(records.length),
];

async function read(
  content: string | Buffer | readonly string[],
  members: Partial<typeof OPTIONS> = {},
): Promise<(Moved | Unreadable)[]> {
  using folder = tempFolder();
  const path = join(folder.path, "export.jsonl");
  writeFileSync(path, Array.isArray(content) ? `${content.join("\n")}\n` : (content as string));
  return await allOf(await openFrom(path, { ...OPTIONS, ...members }));
}

/** Returns a file with these lines in place of a record. */
const withLines = (...lines: string[]): string[] => [
  exportHeader(NOW, SEALER),
  ...lines,
  exportEnd(lines.length),
];

describe("round trip", () => {
  test.each<{ name: string; sealer: Sealer | null }>([
    { name: "sealed secrets", sealer: SEALER },
    { name: "secrets in clear", sealer: null },
  ])("openSource() of an export with $name reads it completely", async ({ sealer }) => {
    const lines = linesOf(RECORDS, sealer);
    expect(await read(lines)).toEqual([...RECORDS]);
    expect(await read(gzipSync(lines.join("\n")))).toEqual([...RECORDS]);
    expect(await read(`\ufeff${lines.join("\r\n")}\r\n\r\n`)).toEqual([...RECORDS]);
  });

  test("exportLine() leaves no secret in a sealed export, and one in clear is read without a key", async () => {
    const [sealed, clear] = [
      linesOf(RECORDS, SEALER).join("\n"),
      linesOf(RECORDS, null).join("\n"),
    ];
    for (const secret of SECRETS) {
      expect(sealed).not.toContain(secret);
      expect(clear).toContain(secret);
    }
    expect(await read(clear, { sealer: null })).toEqual([...RECORDS]);
  });

  test("exportHeader(), exportLine() and exportEnd() return the documented format", () => {
    expect(exportHeader(NOW, null)).toBe(
      '{"waferd":"export","version":1,"exportedAt":"2026-11-21T04:00:00.000Z","secrets":"clear"}',
    );
    expect(exportEnd(3)).toBe('{"kind":"end","records":3}');
    expect(exportLine(credential(`app:${APP_1}:token`, null), null)).toStartWith(
      `{"kind":"credential","key":"app:${APP_1}:token","value":"token-value-1","fetchedAt":"2`,
    );
    const line = JSON.parse(exportLine(session(APP_1, "a", "skey-of-a"), SEALER));
    const { sealed } = line.sessionKey;
    expect(SEALER.open(Buffer.from(sealed, "base64"), "export:session:a:sessionKey")).toBe(
      "session-key",
    );
    expect(line.skeyHash).toBe(sha256("skey-of-a").toString("hex"));
  });

  test("openSource() reads any text of a profile as it was written", async () => {
    const texts = fc.string({ unit: "binary", maxLength: 50 });
    // JSON has no -0.
    const values = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)));
    const profiles = fc.dictionary(texts, values, { maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(1e12), profiles), { maxLength: 20 }),
        async (users) => {
          const records = users.map(([time, profile], index): Moved => {
            const one = session(APP_1, `s${index}`, `k${time}`);
            if (one.kind !== "session") throw new Error();
            const { openId: _, unionId: __, watermark: ___, ...rest } = profile;
            return {
              kind: "session",
              session: {
                ...one.session,
                userInfo: { openId: `openid-s${index}`, ...rest },
                loginAt: time,
              },
            };
          });
          expect(await read(linesOf(records, SEALER))).toEqual(JSON.parse("[]").concat(records));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("with an appid", () => {
  test("openSource() with an appid reads only the app, its tokens and its sessions", async () => {
    expect(await read(linesOf(RECORDS, SEALER), { appid: APP_2 })).toEqual(
      [RECORDS[1], RECORDS[5], RECORDS[8]].filter((one) => one !== undefined),
    );
  });

  test("openSource() with an appid that is not in the export throws", async () => {
    const reading = read(linesOf(RECORDS, SEALER), { appid: "wx3333333333333333" });
    await expect(reading).rejects.toThrow(/export\.jsonl has no app wx3333333333333333$/);
  });
});

describe("the master key", () => {
  const told =
    /is sealed with another master key: set WAFERD_MASTER_KEY to the exporting server's, or export with --clear-secrets$/;

  test.each<{ name: string; sealer: Sealer | null }>([
    { name: "another", sealer: OTHER_KEY },
    { name: "no", sealer: null },
  ])(
    "openSource() of a sealed export with $name key throws before the first record",
    async ({ sealer }) => {
      const reading = read(linesOf(RECORDS, SEALER), { sealer });
      await expect(reading).rejects.toBeInstanceOf(StartError);
      await expect(reading).rejects.toThrow(told);
    },
  );

  test("openSource() reports a secret that was altered or moved, once the key is proven", async () => {
    const [app1, app2] = linesOf(RECORDS.slice(0, 2), SEALER).slice(1, 3) as [string, string];
    const moved = JSON.stringify({ ...JSON.parse(app2), appSecret: JSON.parse(app1).appSecret });
    expect(unreadableOf(await read(withLines(app1, moved)))).toEqual([
      "line 3: appSecret was altered, or sealed for another record",
    ]);
    await expect(read(withLines(moved))).rejects.toThrow(told);
  });
});

/** Tells whether every export has a member; those of earlier versions lack lastUsedFrom. */
const isNeeded = (member: string): boolean => member !== "kind" && member !== "lastUsedFrom";

test("openSource() takes keys and audit entries of exports without addresses", async () => {
  const lines = [3, 9].map((index) => {
    const {
      lastUsedFrom: _,
      address: __,
      ...line
    } = JSON.parse(exportLine(RECORDS[index] as Moved, null));
    return JSON.stringify(line);
  });
  expect(unreadableOf(await read(withLines(...lines)))).toEqual([]);
});

describe("lines that cannot be read", () => {
  const [app = "", , agent = "", serviceKey = "", token = "", , , sessionA = ""] = RECORDS.map(
    (record) => exportLine(record, null),
  );
  const audit = exportLine(RECORDS[9] as Moved, null);
  const bent = (line: string, members: object): string =>
    JSON.stringify({ ...JSON.parse(line), ...members });

  test.each<{ name: string; line: string; reason: string }>([
    { name: "half an object", line: "{", reason: "it is not a JSON object" },
    { name: "an array", line: "[1]", reason: "it is not a JSON object" },
    { name: "null", line: "null", reason: "it is not a JSON object" },
    { name: "an empty object", line: "{}", reason: "its kind is unknown" },
    { name: "the kind toString", line: '{"kind":"toString"}', reason: "its kind is unknown" },
    {
      name: "over 1 MiB",
      line: `{"x":"${"x".repeat(1024 * 1024)}"}`,
      reason: "it is longer than 1048576 bytes",
    },
    {
      name: "an appid with a space",
      line: bent(app, { appid: "a b" }),
      reason: "appid is invalid",
    },
    {
      name: "a secret with a space",
      line: bent(app, { appSecret: "a b" }),
      reason: "appSecret is invalid: it is too long, or contains a space",
    },
    {
      name: "an appid for a secret",
      line: bent(app, { appSecret: APP_1 }),
      reason: "appSecret contains an appid",
    },
    {
      name: "an object for a secret",
      line: bent(app, { appSecret: {} }),
      reason: "appSecret is missing",
    },
    {
      name: "a long title",
      line: bent(app, { title: "x".repeat(101) }),
      reason: "title is invalid",
    },
    {
      name: "a login duration of 0 days",
      line: bent(app, { loginDurationDays: 0 }),
      reason: "loginDurationDays is not a whole number of at least 1",
    },
    {
      name: "a login duration over the limit",
      line: bent(app, { loginDurationDays: 3651 }),
      reason: "loginDurationDays is invalid",
    },
    {
      name: "a text for a session duration",
      line: bent(app, { sessionDurationSeconds: "60" }),
      reason: "sessionDurationSeconds is not a whole number of at least 1",
    },
    {
      name: "too many sessions for a user",
      line: bent(app, { sessionsPerUser: 1001 }),
      reason: "sessionsPerUser is invalid",
    },
    {
      name: "an unknown tokenEndpoint",
      line: bent(app, { tokenEndpoint: "other" }),
      reason: "tokenEndpoint is not one of stable, legacy",
    },
    {
      name: "a fraction for a number",
      line: bent(app, { number: 1.5 }),
      reason: "number is not a whole number of at least 1",
    },
    {
      name: "a date for a time",
      line: bent(app, { createdAt: "2026-11-21" }),
      reason: "createdAt is not a time",
    },
    {
      name: "a number for a time",
      line: bent(app, { createdAt: 1 }),
      reason: "createdAt is not a time",
    },
    { name: "an empty corpid", line: bent(agent, { corpid: "" }), reason: "corpid is invalid" },
    {
      name: "a long remark",
      line: bent(agent, { remark: "x".repeat(256) }),
      reason: "remark is invalid",
    },
    { name: "an id with a space", line: bent(sessionA, { id: "a b" }), reason: "id is invalid" },
    { name: "an empty openid", line: bent(sessionA, { openid: "" }), reason: "openid is empty" },
    {
      name: "an skey that does not match its hash",
      line: bent(sessionA, { skey: "other" }),
      reason: "skeyHash does not match skey",
    },
    {
      name: "a short skeyHash",
      line: bent(sessionA, { skeyHash: "ab" }),
      reason: "skeyHash is invalid",
    },
    {
      name: "an empty sessionKey",
      line: bent(sessionA, { sessionKey: "" }),
      reason: "sessionKey is empty",
    },
    {
      name: "an array for userInfo",
      line: bent(sessionA, { userInfo: [] }),
      reason: "userInfo is not an object",
    },
    {
      name: "an empty unionid",
      line: bent(sessionA, { unionid: "" }),
      reason: "unionid is invalid",
    },
    {
      name: "a key of an unknown ticket",
      line: bent(token, { key: "app:x:ticket:other" }),
      reason: "key is invalid",
    },
    {
      name: "a token of two lines",
      line: bent(token, { value: "a\nb" }),
      reason: "value is too long, or contains invisible characters",
    },
    {
      name: "an invalid appid in a list of apps",
      line: bent(serviceKey, { apps: ["a b"] }),
      reason: "apps is not a list of valid values",
    },
    {
      name: "a text for a list of apps",
      line: bent(serviceKey, { apps: "x" }),
      reason: "apps is not a list of valid values",
    },
    {
      name: "an unknown capability",
      line: bent(serviceKey, { capabilities: ["root"] }),
      reason: "capabilities is not a list of valid values",
    },
    {
      name: "an invalid keyHash",
      line: bent(serviceKey, { keyHash: "ABCD" }),
      reason: "keyHash is invalid",
    },
    {
      name: "an unknown action",
      line: bent(audit, { action: "x" }),
      reason:
        "action is not one of app.created, app.updated, app.deleted, agent.registered, agent.deleted, serviceKey.created, serviceKey.revoked, console.signedIn, console.signedOut, session.revoked, sessionKey.reset, server.reloaded, backup.made, backup.downloaded, backup.removed",
    },
  ])("openSource() reports a line with $name, and reads the next one", async ({ line, reason }) => {
    expect(await read(withLines(line, token))).toEqual([
      { kind: "unreadable", what: "line 2", reason },
      RECORDS[4] as Moved,
    ]);
  });

  test("openSource() reports a missing member by its name, without any value", async () => {
    for (const record of RECORDS.slice(0, 9)) {
      const line = JSON.parse(exportLine(record, null));
      for (const name of Object.keys(line).filter(isNeeded)) {
        const { [name]: _, ...rest } = line;
        const [told] = unreadableOf(await read(withLines(JSON.stringify(rest))));
        expect(told).toStartWith(`line 2: ${name} `);
        for (const secret of SECRETS) expect(told).not.toContain(secret);
      }
    }
  });
});

describe("the end", () => {
  const lines = linesOf(RECORDS, SEALER);

  test("openSource() reports a file that was cut off anywhere", async () => {
    const text = lines.join("\n");
    for (let length = (lines[0] ?? "").length + 1; length < text.length; length += 101) {
      const things = await read(text.slice(0, length));
      expect(things.at(-1)).toMatchObject({
        what: "the end of the file",
        reason: expect.stringContaining("cut off"),
      });
    }
    const packed = gzipSync(text);
    const things = await read(packed.subarray(0, packed.length - 20));
    expect(things.at(-1)).toMatchObject({
      reason: expect.stringMatching(/^the export was cut off: gzip: /),
    });
  });

  test("openSource() reports a missing record, and a line after the end", async () => {
    expect(unreadableOf(await read(lines.toSpliced(3, 1)))).toEqual([
      "the end of the file: of 10 records there are 9",
    ]);
    expect(unreadableOf(await read([...lines, lines[1] ?? ""]))).toEqual([
      "line 13: it follows the end of the export",
    ]);
  });
});

test.each<{ name: string; content: string; message: RegExp }>([
  {
    name: "a header of a later version",
    content: '{"waferd":"export","version":2}',
    message: /has version 2 of the export format/,
  },
  { name: "JSON of another kind", content: '{"a":1}', message: /is not a file of waferd export/ },
  {
    name: "JSON that is cut off",
    content: '{"waferd":',
    message: /is not a file of waferd export/,
  },
])("openSource() of $name throws a StartError", async ({ content, message }) => {
  await expect(read(content)).rejects.toThrow(message);
  await expect(read(content)).rejects.toBeInstanceOf(StartError);
});

test("openSource() reads a long export in portions", async () => {
  const records = Array.from({ length: 2345 }, (_, index) =>
    session(APP_1, `s${index}`, `k${index}`),
  );
  expect(await read(linesOf(records, SEALER))).toHaveLength(2345);
});
