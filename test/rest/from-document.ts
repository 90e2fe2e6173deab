import fc from "fast-check";
import { DEMO_AGENT, DEMO_APP } from "../../src/sandbox/world.ts";
import { Api, type ApiAnswer, type ApiDocument, type Operation } from "../harness/api.ts";
import { nearly, valid } from "../harness/arbitrary.ts";
import { noteSecret } from "../harness/secrets.ts";
import { Waferd } from "../harness/waferd.ts";

/** Members whose values may be wrong in the right form. */
const SEMANTIC = new Set(["/cursor", "/apps", "/expiresAt", "/secret", "/path", "/if-match"]);
/** Of operations that take one of several members, each of them optional. */
const ONE_OF: Readonly<Record<string, string>> = {
  "GET /api/v1/users": "",
  "DELETE /api/v1/apps/{appid}/sessions": "/openid",
};
/** Operations without parameters that take the server seconds. */
const LONG = new Set([
  "POST /api/v1/backups",
  "POST /api/v1/server/reload",
  "POST /api/v1/server/store-check",
]);
/** Statuses that WeChat causes. */
const UPSTREAM = new Set([502, 504]);

/** An operation that is printed by its name. */
type Named = Operation & { [fc.toStringMethod]: () => string };

type Key = "none" | "wrong" | "service" | "admin";

interface Sample {
  operation: Named;
  key: Key;
  /** Parameters by name; undefined leaves one out. */
  parameters: Record<string, unknown>;
  body: unknown;
}

/** Ids that exist, so that not all requests end at 404. */
interface Known {
  appid: string[];
  id: string[];
  skey: string[];
  code: string[];
}

/** Prefers values that exist. */
function mixed(name: string, known: Known, others: fc.Arbitrary<unknown>, operation: Operation) {
  const real = { ...known, corpid: [DEMO_AGENT.corpid], agentid: [DEMO_AGENT.agentid] }[name] ?? [];
  // The other requests need these.
  const isSafe = operation.method !== "DELETE" && operation.method !== "PUT";
  return real.length === 0 || !isSafe
    ? others
    : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...real) }, others);
}

function requestsOf(
  document: ApiDocument,
  operation: Operation,
  known: Known,
): fc.Arbitrary<Sample> {
  const parameters = fc.record(
    Object.fromEntries(
      operation.parameters.map(({ name, schema, required, in: place }) => {
        const right = mixed(name, known, valid(document, schema), operation);
        const wrong = fc.string({ minLength: 1 });
        const any = fc.oneof(
          { weight: 9, arbitrary: right },
          (place === "header" ? fc.constant("\u007f") : wrong) as fc.Arbitrary<unknown>,
        );
        // URL parsers resolve a path of dots.
        const given = place === "path" ? any.filter((value) => !/^\.+$/.test(String(value))) : any;
        return [
          name,
          required || name === "if-match" ? given : fc.option(given, { nil: undefined }),
        ];
      }),
    ),
  );
  const right =
    operation.body === null
      ? fc.constant(undefined)
      : valid(document, operation.body).chain((body) =>
          fc.record(
            Object.fromEntries(
              Object.entries(body as object).map(([name, value]) => [
                name,
                mixed(name, known, fc.constant(value), operation),
              ]),
            ),
          ),
        );
  const bodies =
    operation.body === null
      ? right
      : fc.oneof({ weight: 3, arbitrary: right }, { weight: 2, arbitrary: nearly(right) });
  return fc.record({
    operation: fc.constant({ ...operation, [fc.toStringMethod]: () => operation.name }),
    key: fc.constantFrom<Key>("admin", "admin", "admin", "service", "wrong", "none"),
    parameters,
    body: bodies,
  });
}

/** Returns the request's address and headers. */
function addressOf({ operation, parameters }: Sample): {
  url: string;
  headers: Record<string, string>;
} {
  let path = operation.path;
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  for (const { name, in: place } of operation.parameters) {
    const value = parameters[name];
    if (value === undefined) continue;
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(String(value)));
    else if (place === "query") query.set(name, String(value));
    else headers[name] = asHeader(value);
  }
  return { url: query.size === 0 ? path : `${path}?${query}`, headers };
}

/** Returns a header's value as it arrives. */
const asHeader = (value: unknown): string =>
  String(value)
    .replace(/[^\x20-\x7e]/g, "?")
    .trim();

/** Tells whether a request is valid by the document. */
function isValid(document: ApiDocument, { operation, parameters, body }: Sample): boolean {
  if (operation.body !== null && document.problem(operation.body, body) !== null) return false;
  return operation.parameters.every(({ name, schema, required, in: place }) => {
    const value = parameters[name];
    if (value === undefined) return !required;
    if (place === "header") return document.problem(schema, asHeader(value)) === null;
    const { type } = document.resolve(schema);
    const typed = type === "integer" && /^\d+$/.test(String(value)) ? Number(value) : value;
    return document.problem(schema, typed) === null;
  });
}

/** Returns the fault of an answer, or null. */
function complaint(document: ApiDocument, sample: Sample, answer: ApiAnswer): string | null {
  const { operation, key } = sample;
  const undescribed = document.undescribed(operation, answer);
  if (undescribed !== null) return undescribed;
  if (answer.status >= 500 && !UPSTREAM.has(answer.status))
    return `${answer.status}: ${answer.text}`;
  const isOpen = operation.security.length === 0;
  if (!isOpen && (key === "none" || key === "wrong"))
    return answer.status === 401 ? null : `${key} key: ${answer.status}`;
  if (!isOpen && key === "service") return null;
  if (!isValid(document, sample))
    return answer.status === 400 ? null : `an invalid request: ${answer.status} ${answer.text}`;
  if (answer.status !== 400) return null;
  const pointers: string[] = answer.body.errors.map(({ pointer }: { pointer: string }) => pointer);
  const isMeant = (pointer: string) => SEMANTIC.has(pointer) || ONE_OF[operation.name] === pointer;
  return pointers.every(isMeant) ? null : `a valid request: ${answer.text}`;
}

/**
 * Sends requests that are made from the document to a fresh sandbox of the executable.
 *
 * @param seed seed of a failed run, to repeat it
 * @returns how often each status was answered
 * @throws when an answer is 500, or deviates from the document
 */
export async function sendFromDocument(runs: number, seed?: number): Promise<Map<number, number>> {
  await using waferd = await Waferd.start({ args: ["--sandbox", "--limits-failed-keys", "off"] });
  const api = await Api.of(waferd);
  const { document } = api;
  const { body: service } = await api.call("POST", "/service-keys", {
    key: waferd.adminKey,
    body: { title: "property", apps: [DEMO_APP.appid], capabilities: ["token", "session.read"] },
  });
  const keys: Record<Key, string | undefined> = {
    none: undefined,
    wrong: "waferd_key_wrong",
    service: service.key,
    admin: waferd.adminKey,
  };
  const known: Known = { appid: [DEMO_APP.appid], id: [service.id], skey: [], code: [] };
  for (let index = 0; index < 50; index += 1) {
    const given = await fetch(`${waferd.url}/sandbox/login?user=user-${index}`);
    const { code } = (await given.json()) as { code: string };
    if (index > 3) known.code.push(code);
    else {
      const { body } = await api.call("POST", "/sessions", { body: { code } });
      known.id.push(body.id);
      known.skey.push(body.skey);
    }
  }
  noteSecret(service.key, ...known.skey, ...known.code);

  const statuses = new Map<number, number>();
  const operations = document.operations.filter(
    ({ path, name }) => path.startsWith("/api/") && !LONG.has(name),
  );
  const requests = fc.oneof(
    ...operations.map((operation) => requestsOf(document, operation, known)),
  );
  await fc.assert(
    fc.asyncProperty(requests, async (sample) => {
      const { url, headers } = addressOf(sample);
      const key = keys[sample.key];
      const answer = await api.send(sample.operation.method, url, {
        headers,
        ...(key !== undefined && { key }),
        ...(sample.body !== undefined && { body: JSON.stringify(sample.body) }),
      });
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const wrong = complaint(document, sample, answer);
      if (wrong !== null) throw new Error(`${sample.operation.method} ${url}: ${wrong}`);
    }),
    { numRuns: runs, ...(seed !== undefined && { seed }) },
  );
  return statuses;
}
