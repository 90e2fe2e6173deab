import { afterAll, beforeAll, expect, test } from "bun:test";
import { openScenario, type Scenario } from "../../../test/harness/scenario.ts";
import { StoreError } from "../store-error.ts";
import { CodeClaims } from "./code-claims.ts";

let scenario: Scenario;
beforeAll(async () => {
  scenario = await openScenario();
});
afterAll(() => scenario[Symbol.asyncDispose]());

const LONGEST = 9000;
const processes = () =>
  [new CodeClaims(scenario, LONGEST), new CodeClaims(scenario, LONGEST)] as const;

test("begin() lets one of two processes use a code, and gives the other its answer", async () => {
  const [one, other] = processes();
  expect(await one.begin("a")).toEqual({ isMine: true });
  const waiting = other.begin("a");
  await one.end("a", () => "an answer");
  expect(await waiting).toEqual({ isMine: false, answer: "an answer" });
});

/** Returns the claims of a store whose operations fail while they are in `failures`. */
function failingClaims() {
  const failures = new Map<string, StoreError["kind"]>();
  const claims = new Proxy(scenario.store.claims, {
    get(target, name: "claim") {
      return (...args: Parameters<typeof target.claim>) => {
        const kind = failures.get(name);
        return kind ? Promise.reject(new StoreError(kind, "no")) : target[name](...args);
      };
    },
  });
  const deps = { ...scenario, tables: { claims } };
  return { claims: new CodeClaims(deps, LONGEST), failures };
}

test.each<{ kind: StoreError["kind"]; outcome: object }>([
  { kind: "closed", outcome: { code: "sessionNotSaved" } },
  { kind: "refused", outcome: { code: "sessionNotSaved" } },
  // The login goes on, and reports what it meets itself.
  { kind: "corrupt", outcome: { isMine: true } },
])("begin() of a claim that is $kind answers $outcome", async ({ kind, outcome }) => {
  const { claims, failures } = failingClaims();
  failures.set("claim", kind);
  expect(await claims.begin("d")).toMatchObject(outcome);
});

test("begin() claims again at once what this process could not end", async () => {
  const { claims, failures } = failingClaims();
  await claims.begin("e");
  failures.set("abandon", "closed");
  await claims.end("e", null);
  expect(await claims.begin("e")).toMatchObject({ code: "sessionNotSaved" });
  failures.clear();
  const [other] = processes();
  expect(await claims.begin("e")).toEqual({ isMine: true });
  // The other process waits for it, as for any claim.
  const waiting = other.begin("e");
  await claims.end("e", () => "an answer");
  expect(await waiting).toEqual({ isMine: false, answer: "an answer" });
});

test("begin() gives no answer of a login that ended before the clock was set back", async () => {
  const [one, other] = processes();
  await one.begin("h");
  scenario.clock.advance({ seconds: 50 });
  await one.end("h", () => "an answer");
  scenario.clock.advance({ seconds: -30 });
  expect(await other.begin("h")).toEqual({ isMine: true });
  scenario.clock.advance({ seconds: 30 });
});

test("begin() stops waiting when the clock is set back", async () => {
  const [one, other] = processes();
  await one.begin("i");
  const waiting = other.begin("i");
  await Bun.sleep(5);
  scenario.clock.advance({ hours: -2 });
  expect(await waiting).toEqual({ isMine: true });
  scenario.clock.advance({ hours: 2 });
});

test("begin() after the end gets no answer", async () => {
  const [one, other] = processes();
  await one.begin("b");
  await one.end("b", () => "an answer");
  scenario.clock.advance({ ms: 1 });
  expect(await other.begin("b")).toEqual({ isMine: true });
});

test("begin() lets a waiting process use the code after an end without an answer or a death", async () => {
  const [one, other] = processes();
  await one.begin("c");
  const waiting = other.begin("c");
  await one.end("c", null);
  expect(await waiting).toEqual({ isMine: true });
  scenario.clock.advance({ ms: LONGEST });
  expect(await one.begin("c")).toEqual({ isMine: true });
});
