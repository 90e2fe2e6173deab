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

test("of two processes one uses a code, and the other gets what came of it", async () => {
  const [one, other] = processes();
  expect(await one.begin("a")).toEqual({ isMine: true });
  const waiting = other.begin("a");
  await one.end("a", "an answer");
  expect(await waiting).toEqual({ isMine: false, answer: "an answer" });
});

test("a store that is away is told at once, and one that refuses is left for the login to meet", async () => {
  const failing = (kind: "closed" | "refused") => {
    const begin = () => Promise.reject(new StoreError(kind, "no"));
    const tables = { ...scenario.store, idempotency: { ...scenario.store.idempotency, begin } };
    return new CodeClaims({ ...scenario, tables }, LONGEST).begin("d");
  };
  expect(await failing("closed")).toMatchObject({ code: "storeFailed" });
  expect(await failing("refused")).toEqual({ isMine: true });
});

test("who begins when that is over gets nothing of it", async () => {
  const [one, other] = processes();
  await one.begin("b");
  await one.end("b", "an answer");
  scenario.clock.advance({ ms: 1 });
  expect(await other.begin("b")).toEqual({ isMine: true });
});

test("who waits uses the code when nothing came of it, or when the one that had it died", async () => {
  const [one, other] = processes();
  await one.begin("c");
  const waiting = other.begin("c");
  await one.end("c", null);
  expect(await waiting).toEqual({ isMine: true });
  scenario.clock.advance({ ms: LONGEST });
  expect(await one.begin("c")).toEqual({ isMine: true });
});
