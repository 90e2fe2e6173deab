import fc from "fast-check";
import type { ApiDocument } from "../harness/api.ts";
import { nearly, valid } from "../harness/arbitrary.ts";
import { envelopes } from "../harness/envelopes.ts";
import { APP, OTHER_APP } from "../harness/production.ts";
import type { Seeded } from "./seeded.ts";

/** Who sends a request. */
export interface Keys {
  admin: string;
  /** Service keys of several capabilities. */
  service: readonly string[];
}

export interface OwnSession {
  id: string;
  skey: string;
}

/** Values that a sender of requests may know. Sessions and codes change meanwhile. */
export interface Knowledge {
  keys: Keys;
  /** Sessions whose skey is known. */
  own: OwnSession[];
  /** Ids of sessions whose skeys nobody knows who sends requests. */
  foreign: readonly string[];
  /** Plays wx.login and wx.getUserInfo. */
  device(): Device;
  url: string;
}

export interface Device {
  code: string;
  encryptedData: string;
  iv: string;
  rawData: string;
  signature: string;
}

export interface Sent {
  protocol: Protocol;
  bytes: Buffer;
  /** Everything in it, for a search of what the sender knows. */
  text: string;
  isHead: boolean;
  /** Whether it has a key that may read tokens and tickets. */
  mayRead: boolean;
}

/** Protocols, and how many of a thousand requests are in each. */
export const WEIGHTS = {
  envelope: 400,
  rest: 250,
  "forward-auth": 90,
  weapp: 80,
  mina: 70,
  health: 20,
  malformed: 20,
  unknown: 44,
  sandbox: 20,
  metrics: 3,
  docs: 3,
} as const;
export type Protocol = keyof typeof WEIGHTS;

/** Sampled bodies that are in use, and texts; mutations and members multiply them. */
const BODIES = 400;
const REST_BODIES = 30;
const TEXTS = 300;
/** Requests until some samples are replaced: making one takes longer than answering it. */
const RENEW_EVERY = 2000;
const RENEWED = 20;

const DRAW = (Object.keys(WEIGHTS) as Protocol[]).flatMap((name) =>
  Array.from({ length: WEIGHTS[name] }, () => name),
);

const CONTENT_TYPES = [
  "application/json",
  "application/x-www-form-urlencoded",
  "text/plain; charset=gbk",
  "application/json; charset=utf-16",
  "multipart/form-data; boundary=x",
  "x",
];
const FORWARDING = [
  "X-Forwarded-For: 10.1.2.3, 127.0.0.1",
  "Forwarded: for=127.0.0.1",
  "X-Real-IP: ::1",
  "Via: 1.1 proxy",
  "Origin: https://example.com",
  "Sec-Fetch-Site: cross-site",
  "Accept-Encoding: gzip, br",
  "Expect: 200-ok",
  "If-Match: *",
  "If-None-Match: *",
  "Range: bytes=0-1",
  "Upgrade: h2c",
  "Cookie: a=b; c",
];
const HOSTS = ["localhost", "x", "[::1]:80", "attacker.example", "127.0.0.1:1", ""];
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const PATHS = [
  ...["/", "//", "/mina_auth", "/release/mina_auth/", "/../etc/passwd", "/%2e%2e/%00", "/api"],
  ...["/api/v1", "/api/v2/apps", "/docs/", "/docs/x.js", "/metrics/x", "/readyz/", "/favicon.ico"],
  ...["/admin.key", "/.git/config", "/sandbox/login?user=alice", "/forward-auth/../metrics"],
];
const SANDBOX = [
  ...["GET /sandbox/login?user=", "GET /sandbox/user-info?user=", "GET /sandbox/users"],
  ...["PUT /sandbox/users/", "POST /sandbox/faults", "DELETE /sandbox/faults", "GET /sandbox/"],
  ...["POST /sandbox/apps", "PUT /sandbox/tokens/", "GET /sandbox/phone-code?number="],
];

/** Members of REST bodies and paths by which a request could take the app away from the others. */
const PROTECTED = new Set(["PUT", "PATCH", "DELETE"]);

/** Makes random requests of every protocol, by a seed. */
export class RequestMix {
  readonly #random;
  readonly #knowledge;
  readonly #envelopes;
  readonly #bodies: string[];
  readonly #texts: string[];
  readonly #operations;
  readonly #restBodies: ReadonlyMap<string, string[]>;
  #made = 0;

  constructor(random: Seeded, knowledge: Knowledge, document: ApiDocument) {
    this.#random = random;
    this.#knowledge = knowledge;
    this.#operations = document.operations.filter(({ path }) => path.startsWith("/api/"));
    const strange = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(APP.appid, OTHER_APP.appid, "", null, true, 0, -1e300, "\u0000", "\ud800"),
      fc.base64String(),
      fc.jsonValue({ maxDepth: 3 }),
    );
    this.#envelopes = envelopes({ appid: APP.appid }, strange).map((one) => JSON.stringify(one));
    this.#bodies = this.#sample(this.#envelopes, BODIES);
    this.#texts = this.#sample(fc.string({ unit: "binary", maxLength: 60 }), TEXTS);
    const restBodies = (schema: object): string[] => {
      const right = valid(document, schema);
      const samples = fc.oneof({ weight: 3, arbitrary: right }, nearly(right));
      return this.#sample(samples, REST_BODIES).map((value) => JSON.stringify(value) ?? "");
    };
    this.#restBodies = new Map(
      this.#operations.map(({ name, body }) => [name, body === null ? [""] : restBodies(body)]),
    );
  }

  next(): Sent {
    this.#made += 1;
    if (this.#made % RENEW_EVERY === 0) {
      this.#bodies.splice(0, RENEWED);
      this.#bodies.push(...this.#sample(this.#envelopes, RENEWED));
    }
    const protocol = this.#random.pick(DRAW);
    switch (protocol) {
      case "envelope":
        return this.#envelope();
      case "rest":
        return this.#rest();
      case "forward-auth":
        return this.#headers("forward-auth", "/forward-auth");
      case "weapp":
        return this.#headers("weapp", "/weapp-session");
      case "mina":
        return this.#mina();
      case "health":
        return this.#plain(protocol, this.#random.pick(["/healthz", "/readyz"]));
      case "metrics":
        return this.#plain(protocol, "/metrics");
      case "docs":
        return this.#plain(
          protocol,
          this.#random.pick(["/docs", "/openapi.json", "/docs/start.js"]),
        );
      case "sandbox":
        return this.#sandbox();
      case "unknown":
        return this.#plain(protocol, this.#unknownPath());
      case "malformed":
        return this.#malformed();
    }
  }

  #sample<T>(values: fc.Arbitrary<T>, count: number): T[] {
    return fc.sample(values, { numRuns: count, seed: this.#random.below(2 ** 31) });
  }

  #envelope(): Sent {
    let body = this.#random.pick(this.#bodies);
    const name = /"interfaceName":"(qcloud\.[a-z_.]+)"/.exec(body)?.[1];
    // The others need the app's secret.
    const mayHaveKey = name !== "qcloud.cam.initdata" && name !== "qcloud.work.initagent";
    if (name?.startsWith("qcloud.cam.") === true && this.#random.chance(0.5))
      body = JSON.stringify({ interface: { interfaceName: name, para: this.#para() } });
    if (this.#random.chance(0.1)) body = this.#mutated(body);
    const path = this.#random.pick(["/", "/", "/", "/mina_auth", "//", "/mina_auth/index.php"]);
    return this.#request("envelope", "POST", path, { body, mayHaveKey });
  }

  /** Returns members of `para` that fit together, or nearly. */
  #para(): Record<string, unknown> {
    const session = this.#session();
    const para: Record<string, unknown> = { ...session };
    if (this.#random.chance(0.1)) {
      const { code, encryptedData, iv } = this.#knowledge.device();
      para["code"] = code;
      if (this.#random.chance(0.5)) Object.assign(para, { encrypt_data: encryptedData, iv });
    } else if (this.#random.chance(0.3)) para["code"] = this.#word();
    if (this.#random.chance(0.2)) {
      para["encrypt_data"] = this.#random.bytes(16 * this.#random.below(6)).toString("base64");
      para["iv"] = this.#random.bytes(this.#random.pick([16, 16, 16, 15])).toString("base64");
    }
    if (this.#random.chance(0.1)) para["secret"] = this.#word();
    if (this.#random.chance(0.1)) para["appid"] = this.#appid();
    return para;
  }

  #session(): { id: string; skey: string } {
    const { own, foreign } = this.#knowledge;
    const mine = this.#random.pick(own);
    const draw = this.#random.fraction();
    if (draw < 0.6) return { id: mine.id, skey: mine.skey };
    if (draw < 0.75) return { id: this.#random.pick(foreign), skey: mine.skey };
    if (draw < 0.9) return { id: mine.id, skey: this.#random.pick(own).skey };
    return { id: this.#word(), skey: this.#word() };
  }

  #rest(): Sent {
    const operation = this.#random.pick(this.#operations);
    const isSafe = !PROTECTED.has(operation.method);
    const { id, skey } = this.#session();
    const value = (name: string): string => {
      if (this.#random.chance(0.15)) return this.#word();
      if (name === "appid") return isSafe ? this.#appid() : "wxthrowaway";
      if (name === "id") return isSafe ? id : "0123456789abcdef";
      if (name === "openid") return "o-nobody";
      if (name === "limit") return String(this.#random.below(300));
      return this.#word();
    };
    let { path } = operation;
    const query: string[] = [];
    const headers: string[] = [];
    for (const { in: place, name, required } of operation.parameters) {
      if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value(name)));
      else if (place === "query" && (required || this.#random.chance(0.4)))
        query.push(`${name}=${encodeURIComponent(value(name))}`);
      else if (place === "header" && this.#random.chance(0.5))
        headers.push(`${name}: ${headerText(this.#random.chance(0.5) ? "*" : this.#word())}`);
    }
    let text = this.#random.pick(this.#restBodies.get(operation.name) ?? [""]);
    if (text.startsWith("{") && this.#random.chance(0.4)) {
      const members = JSON.parse(text);
      if ("skey" in members) members.skey = skey;
      if ("code" in members && this.#random.chance(0.3))
        members.code = this.#knowledge.device().code;
      if ("appid" in members && isSafe) members.appid = this.#appid();
      text = JSON.stringify(members);
    }
    if (this.#random.chance(0.05)) text = this.#mutated(text);
    const method = this.#random.chance(0.03) ? this.#random.pick(METHODS) : operation.method;
    const target = query.length === 0 ? path : `${path}?${query.join("&")}`;
    return this.#request("rest", method, target, {
      body: text,
      headers,
      mayHaveKey: method === operation.method,
    });
  }

  /** A request of the protocols that live in headers. */
  #headers(protocol: Protocol, path: string): Sent {
    const { id, skey } = this.#session();
    const headers: string[] = [];
    const draw = this.#random.fraction();
    if (draw < 0.5) headers.push(`X-WX-Id: ${headerText(id)}`, `X-WX-Skey: ${headerText(skey)}`);
    if (draw > 0.45) {
      const isReal = this.#random.chance(0.1);
      const { code, rawData, signature } = isReal
        ? this.#knowledge.device()
        : { code: this.#word(), rawData: this.#text(), signature: this.#word() };
      headers.push(`X-WX-Code: ${headerText(code)}`);
      if (this.#random.chance(0.6))
        headers.push(
          `X-WX-RawData: ${encodeText(rawData)}`,
          `X-WX-Signature: ${headerText(this.#random.chance(0.8) ? signature : this.#word())}`,
        );
    }
    if (this.#random.chance(0.3)) headers.push(`X-WX-Appid: ${headerText(this.#appid())}`);
    const method = this.#random.chance(0.7) ? "GET" : this.#random.pick(METHODS);
    const target = path + this.#maybe(0.1, `?${encodeText(this.#word())}`);
    return this.#request(protocol, method, target, { headers, mayHaveKey: false });
  }

  #mina(): Sent {
    const { id, skey } = this.#session();
    const isLogin = this.#random.chance(0.4);
    const members: Record<string, string> = {
      app_id: this.#random.pick(["1", "2", "3", APP.appid, this.#word()]),
    };
    if (isLogin) {
      members["code"] = this.#random.chance(0.1) ? this.#knowledge.device().code : this.#word();
      members["encrypt_data"] = this.#maybe(0.3, this.#word());
      members["iv"] = this.#maybe(0.3, this.#word());
    } else Object.assign(members, { uuid: id, skey });
    let body = this.#random.chance(0.5)
      ? JSON.stringify(members)
      : new URLSearchParams(members).toString();
    if (this.#random.chance(0.1)) body = this.#mutated(body);
    const path = isLogin ? "/mina/login" : "/mina/auth";
    return this.#request("mina", "POST", path, { body, mayHaveKey: false });
  }

  #plain(protocol: Protocol, path: string): Sent {
    const method = this.#random.chance(0.8) ? "GET" : this.#random.pick(METHODS);
    const body = method === "GET" ? "" : this.#maybe(0.3, this.#text());
    return this.#request(protocol, method, encodeURI(path.toWellFormed()), { body });
  }

  /** Returns a path of no route, at times with a secret where none belongs. */
  #unknownPath(): string {
    const { keys, own } = this.#knowledge;
    const path = this.#random.pick(PATHS);
    if (this.#random.chance(0.9)) return path + this.#maybe(0.3, this.#word());
    const secret = this.#random.pick([keys.admin, ...keys.service, this.#random.pick(own).skey]);
    return path + this.#random.pick(["/", "?key=", ""]) + secret;
  }

  #sandbox(): Sent {
    const [method = "GET", path = "/"] = this.#random.pick(SANDBOX).split(" ");
    const target = path + encodeURIComponent(this.#maybe(0.7, this.#word()).toWellFormed());
    const body = method === "GET" ? "" : this.#random.pick(this.#bodies);
    return this.#request("sandbox", method, target, { body, mayHaveKey: false });
  }

  /** Bytes that are almost a request, or nothing of the kind. */
  #malformed(): Sent {
    const host = "Host: 127.0.0.1\r\n";
    const body = this.#random.pick(this.#bodies);
    const length = Buffer.byteLength(body);
    const good = `POST / HTTP/1.1\r\n${host}Content-Length: ${length}\r\n\r\n${body}`;
    const samples = [
      () => this.#random.bytes(1 + this.#random.below(200)),
      () => Buffer.concat([Buffer.from([22, 3, 1]), this.#random.bytes(200)]),
      () => good.slice(0, this.#random.below(good.length)),
      () => good.repeat(1 + this.#random.below(5)),
      () => this.#mutated(good),
      () => good.replace(/Content-Length: \d+/, `Content-Length: ${this.#random.pick(LENGTHS)}`),
      () => good.replace(host, `${host}Transfer-Encoding: chunked\r\n`),
      () =>
        `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n${this.#random.pick(CHUNKS)}`,
      () => good.replace("HTTP/1.1", this.#random.pick(["HTTP/0.9", "HTTP/1.0", "HTTP/3.0", ""])),
      () =>
        good.replace(host, this.#random.pick(["", `${host}${host}`, "Host:\r\n", "Host: \0\r\n"])),
      () => good.replace(host, `${host}X-Big: ${"a".repeat(1 + this.#random.below(100_000))}\r\n`),
      () => good.replace(host, host + "X-Many: 1\r\n".repeat(this.#random.below(500))),
      () => good.replace(host, `${host}X-Fold: a\r\n  b\r\n: c\r\nd\r\n`),
      () => good.replace("POST / ", `POST /${"x".repeat(this.#random.below(20_000))} `),
      () => good.replace("POST / ", this.#random.pick(TARGETS)),
      () => good.replaceAll("\r\n", "\n"),
    ];
    const made = this.#random.pick(samples)();
    const bytes = typeof made === "string" ? Buffer.from(made, "latin1") : made;
    return { protocol: "malformed", bytes, text: "", isHead: false, mayRead: false };
  }

  #request(
    protocol: Protocol,
    method: string,
    path: string,
    {
      body = "",
      headers = [],
      mayHaveKey = true,
    }: { body?: string; headers?: string[]; mayHaveKey?: boolean },
  ): Sent {
    const random = this.#random;
    const host = random.chance(0.97) ? "127.0.0.1" : random.pick(HOSTS);
    const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, ...headers];
    const key = this.#key(mayHaveKey);
    if (key !== null) lines.push(`Authorization: ${key}`);
    if (random.chance(0.1)) lines.push(random.pick(FORWARDING));
    let content = Buffer.from(body);
    if (random.chance(0.0003)) content = Buffer.alloc(random.below(600_000), body || "[");
    if (content.length > 0) {
      if (random.chance(0.6)) lines.push(`Content-Type: ${random.pick(CONTENT_TYPES)}`);
      const isChunked = random.chance(0.05);
      lines.push(isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${content.length}`);
      if (isChunked) content = chunked(content);
    } else if (method !== "GET" && method !== "HEAD") lines.push("Content-Length: 0");
    const head = `${lines.join("\r\n")}\r\n\r\n`;
    return {
      protocol,
      bytes: Buffer.concat([Buffer.from(head, "latin1"), content]),
      text: content.length > 100_000 ? head : `${head}${body}`,
      isHead: method === "HEAD",
      mayRead:
        key?.startsWith("Bearer waferd_key_") === true ||
        key?.includes(this.#knowledge.keys.admin) === true,
    };
  }

  #key(mayHaveKey: boolean): string | null {
    const { admin, service } = this.#knowledge.keys;
    const draw = this.#random.fraction();
    if (draw < 0.5) return null;
    if (draw < 0.6) return `Bearer ${headerText(this.#word()) || "x"}`;
    if (draw < 0.62) return `Basic ${Buffer.from(`admin:${this.#word()}`).toString("base64")}`;
    if (!mayHaveKey) return null;
    return `Bearer ${draw < 0.8 ? this.#random.pick(service) : admin}`;
  }

  #appid(): string {
    return this.#random.pick([APP.appid, APP.appid, OTHER_APP.appid, "wxthrowaway", this.#word()]);
  }

  #text(): string {
    return this.#random.pick(this.#texts);
  }

  /** Returns a short text, often one that means something somewhere. */
  #word(): string {
    const random = this.#random;
    return random.chance(0.5)
      ? random.pick(WORDS)
      : random.chance(0.5)
        ? random.bytes(random.pick([4, 8, 16, 32])).toString("hex")
        : this.#text().slice(0, 20);
  }

  #maybe(probability: number, text: string): string {
    return this.#random.chance(probability) ? text : "";
  }

  /** Changes some characters. */
  #mutated(text: string): string {
    const at = this.#random.below(text.length + 1);
    const end = Math.min(text.length, at + this.#random.below(4));
    const put = this.#random.pick([
      '"',
      "{",
      "[",
      "\\",
      "\0",
      "\u{1f600}",
      "",
      "9".repeat(400),
      "é",
    ]);
    const mutated = text.slice(0, at) + put + text.slice(end);
    return this.#random.chance(0.3) ? this.#mutated(mutated) : mutated;
  }
}

const WORDS = [
  ...["", "0", "null", "admin", "undefined", "__proto__", "constructor", "toString", "\u0000"],
  ...["../..", "%00", "%", "'", '"', "\\", "{}", "[]", "用户", "\u{1f600}", "a".repeat(300), "*"],
  ...["1e999", "-1", "9".repeat(40), "true", "eyJhbGciOiJub25lIn0..", "\r\nX-Injected: 1", "wx"],
];
const LENGTHS = ["-1", "0", "99999999", "1e3", "0x10", "+5", "18446744073709551617", "5, 5", ""];
const CHUNKS = [
  "zz\r\n",
  "5\r\nabc",
  "-1\r\n\r\n",
  "ffffffffffffffffff\r\n",
  "0\r\n\r\n",
  "0;x=\0\r\n\r\n",
];
const TARGETS = [
  ...["GET http://attacker.example/metrics ", "OPTIONS * ", "CONNECT 127.0.0.1:1 ", "PRI * "],
  ...["get /healthz ", "GET \u00ff\u00fe ", "GET /a b ", "POST /?\0 ", "  / ", "GET //@:x/ "],
];

/** Returns a text as a header can hold it. */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e\x80-\xff]/g, "?");

const encodeText = (text: string): string => encodeURIComponent(text.toWellFormed());

function chunked(content: Buffer): Buffer<ArrayBuffer> {
  return Buffer.concat([
    Buffer.from(`${content.length.toString(16)}\r\n`),
    content,
    Buffer.from("\r\n0\r\n\r\n"),
  ]);
}
