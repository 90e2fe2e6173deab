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
  await one.end("a", "an answer");
  expect(await waiting).toEqual({ isMine: false, answer: "an answer" });
});

test("begin() fails at once when the store is away, and lets the login go on when it refuses", async () => {
  const failing = (kind: "closed" | "refused") => {
    const claim = () => Promise.reject(new StoreError(kind, "no"));
    const tables = { claims: { ...scenario.store.claims, claim } };
    return new CodeClaims({ ...scenario, tables }, LONGEST).begin("d");
  };
  expect(await failing("closed")).toMatchObject({ code: "storeFailed" });
  expect(await failing("refused")).toEqual({ isMine: true });
});

test("begin() after the end gets no answer", async () => {
  const [one, other] = processes();
  await one.begin("b");
  await one.end("b", "an answer");
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
