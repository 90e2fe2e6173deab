import { expect, test } from "bun:test";
import { sampleIssue } from "../../../test/conformance/samples.ts";
import {
  openScenario,
  type Scenario,
  type ScenarioOptions,
  succeeded,
  TESTER,
} from "../../../test/harness/scenario.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import type { Failure } from "../errors.ts";
import type { FoundUser, UserQuery } from "./user-search.ts";

const { appid } = DEMO_APP;
const OTHER = "wx-other";

/** Stores so many users of an app with two sessions each; every tenth is an Alice. */
async function store({ tables }: Scenario, count: number, of: string = appid): Promise<void> {
  for (let number = 0; number < count; number += 1)
    for (const device of [1, 2])
      await tables.sessions.issue(
        sampleIssue(number, {
          id: `${of}-${number}-${device}`,
          appid: of,
          openid: `user-${String(number).padStart(4, "0")}`,
          unionid: number === 7 ? "union-7" : null,
          profile: { nickName: number % 10 === 0 ? `Alice ${number}` : 7 },
          sessionsPerUser: 2,
        }),
      );
}

async function openSearched(count: number, options: ScenarioOptions = {}) {
  const scenario = await openScenario(options);
  await scenario.core.apps.register({ appid: OTHER, appSecret: "the-secret" }, TESTER);
  await store(scenario, count);
  await store(scenario, 20, OTHER);
  return scenario;
}

/** Searches from cursor to cursor, and returns what each answer had. */
async function allOf({ core }: Scenario, query: UserQuery, app: string | null, limit: number) {
  const answers: { found: number; searched: number }[] = [];
  const users: FoundUser[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = { limit, ...(cursor !== undefined && { cursor }) };
    const { items, searched, next } = succeeded(await core.userSearch.find(query, app, page));
    answers.push({ found: items.length, searched });
    users.push(...items);
    if (next === null) return { answers, users };
    cursor = next;
  }
}

const openidsOf = (users: readonly FoundUser[]): string[] =>
  users.map((user) => `${user.appid}/${user.openid}`);

test("find() by nickname returns each user once over all cursors, with all sessions", async () => {
  await using scenario = await openSearched(60);
  for (const limit of [1, 2, 3, 20, 50]) {
    const { answers, users } = await allOf(
      scenario,
      { by: "nickname", text: "aLICE" },
      null,
      limit,
    );
    expect(openidsOf(users)).toEqual([
      ...[0, 10, 20, 30, 40, 50].map(
        (number) => `${appid}/user-00${String(number).padStart(2, "0")}`,
      ),
      ...[`${OTHER}/user-0000`, `${OTHER}/user-0010`],
    ]);
    for (const { sessions, hasMoreSessions } of users)
      expect([sessions.length, hasMoreSessions]).toEqual([2, false]);
    expect(answers.reduce((sum, { searched }) => sum + searched, 0)).toBe(160);
    for (const { found } of answers) expect(found).toBeLessThanOrEqual(limit);
  }
});

test("find() by unionid and in one app finds that user alone", async () => {
  await using scenario = await openSearched(20);
  const { users } = await allOf(scenario, { by: "unionid", text: "union-7" }, OTHER, 20);
  expect(openidsOf(users)).toEqual([`${OTHER}/user-0007`]);
  expect(users[0]?.sessions.map(({ session }) => session.id).sort()).toEqual([
    `${OTHER}-7-1`,
    `${OTHER}-7-2`,
  ]);
});

test("find() by openid and by session reads no other sessions", async () => {
  await using scenario = await openSearched(20);
  const { answers, users } = await allOf(scenario, { by: "openid", text: "user-0003" }, null, 20);
  expect(openidsOf(users)).toEqual([`${appid}/user-0003`, `${OTHER}/user-0003`]);
  expect(answers).toEqual([{ found: 2, searched: 4 }]);
  const session = await allOf(scenario, { by: "session", text: `${OTHER}-5-2` }, null, 20);
  expect([openidsOf(session.users), session.answers]).toEqual([
    [`${OTHER}/user-0005`],
    [{ found: 1, searched: 1 }],
  ]);
});

test("find() says after half a second how far it looked, and goes on from there", async () => {
  const late: { scenario?: Scenario } = {};
  await using scenario = await openSearched(60, {
    wrap: (store) => ({
      ...store,
      sessions: new Proxy(store.sessions, {
        get(table, operation) {
          const run = Reflect.get(table, operation).bind(table);
          if (operation !== "list") return run;
          return (...given: unknown[]) => {
            late.scenario?.clock.advance({ ms: 200 });
            return run(...given);
          };
        },
      }),
    }),
  });
  late.scenario = scenario;
  const { answers, users } = await allOf(scenario, { by: "nickname", text: "nobody" }, null, 20);
  expect(answers.length).toBeGreaterThan(1);
  for (const { searched } of answers) expect(searched).toBeLessThanOrEqual(60);
  expect(users).toEqual([]);
});

test("find() refuses cursors that no search gave, and one of another app", async () => {
  await using scenario = await openSearched(20);
  const query = { by: "nickname", text: "alice" } as const;
  const { next } = succeeded(await scenario.core.userSearch.find(query, null, { limit: 1 }));
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  for (const [cursor, app] of [
    ["", null],
    ["%%%", null],
    [encoded({}), null],
    [encoded([1, null, null]), null],
    [encoded(["nobody", null, null]), null],
    [encoded([appid, "x", null]), null],
    [encoded([appid, null, null, null]), null],
    [next, OTHER],
    ["x".repeat(4000), null],
  ] as const) {
    const page = { limit: 1, cursor: cursor ?? "" };
    const failure = (await scenario.core.userSearch.find(query, app, page)) as Failure;
    expect(failure).toMatchObject({ code: "badParameter", detail: { reason: "cursor" } });
  }
});

test("find() of an app that is not registered fails with appNotFound", async () => {
  await using scenario = await openScenario();
  for (const app of ["nobody", "no appid"])
    expect(
      await scenario.core.userSearch.find({ by: "openid", text: "x" }, app, { limit: 1 }),
    ).toMatchObject({ code: "appNotFound" });
});
