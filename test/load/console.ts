/**
 * `node scripts/bun.mjs test/load/console.ts [--rounds N] [--sessions N] [--apps N]`: measures by
 * the browser's own clock how soon the console's first page is painted and how soon a page answers
 * a click, and how soon long lists are shown. Prints a table in Markdown. Needs the executable and
 * Chromium.
 */
import { parseArgs } from "node:util";
import { ConsoleServer } from "../console/console-server.ts";
import { closeBrowser, Visitor } from "../console/visitor.ts";
import { FilledStore } from "./filled-store.ts";
import { describeMachine } from "./machine.ts";
import { APP } from "./stored-sessions.ts";
import { ms, table, whole } from "./table.ts";
import { median } from "./wrk.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    sessions: { type: "string", default: "100000" },
    apps: { type: "string", default: "200" },
  },
});
const [rounds, sessions, apps] = [values.rounds, values.sessions, values.apps].map(Number) as [
  number,
  number,
  number,
];

const MOST_PAINT_MS = 1000;
const MOST_INTERACTION_MS = 100;
const MOST_LIST_MS = 1000;

/** Has the page note how long its slowest event took to the next frame. */
const WATCH_EVENTS = `
  window.slowest = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) slowest = Math.max(slowest, duration);
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
`;

await using scope = new AsyncDisposableStack();
scope.defer(closeBrowser);
const store = scope.use(await FilledStore.make("lmdb", sessions));
const server = scope.use(await ConsoleServer.start({ args: [], dataDir: store.place.dataDir }));
const authorization = `Bearer ${server.waferd.adminKey}`;
for (let number = 1; number < apps; number += 1) {
  const appid = `wx${number.toString(16).padStart(16, "0")}`;
  const body = JSON.stringify({ appid, secret: "s".repeat(32), title: `App ${number}` });
  const url = `${server.url}/api/v1/apps`;
  const { status } = await fetch(url, { method: "POST", headers: { authorization }, body });
  if (status !== 201) throw new Error(`app ${number} was not added: ${status}`);
}
await using visitor = await Visitor.open(server);
const { page } = visitor;
await visitor.goto("/");
await visitor.signIn();

/** Returns the milliseconds until the rows of an address are shown. */
const shown = async (path: string): Promise<number> => {
  const startedAt = performance.now();
  await visitor.goto(path);
  await page.locator("table.list:not([aria-busy=true]) tbody tr").first().waitFor();
  return performance.now() - startedAt;
};

const paints: number[] = [];
const interactions: number[] = [];
const lists: Record<string, number[]> = {};
for (let round = 0; round < rounds; round += 1) {
  await visitor.goto("/");
  await page.reload();
  await page.locator(".chart canvas").waitFor();
  const paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime";
  paints.push(await page.evaluate<number>(paint));
  await page.evaluate(WATCH_EVENTS);
  for (const name of ["小程序", "密钥", "审计"]) {
    await page.getByRole("link", { name, exact: true }).click();
    await page.locator("#main h1", { hasText: name }).waitFor();
  }
  await page.waitForTimeout(200);
  interactions.push(await page.evaluate<number>("slowest"));
  for (const [what, path] of [
    [`${whole(apps)} apps`, "/apps"],
    [`users of an app with ${whole(sessions)} sessions`, `/users?app=${APP.appid}`],
    ["the audit", "/audit"],
  ] as const)
    lists[what] = [...(lists[what] ?? []), await shown(path)];
}

const row = (what: string, goal: number, figures: readonly number[]): string[] => [
  what,
  `< ${goal}`,
  ms(median(figures)),
  ms(Math.max(...figures)),
  median(figures) < goal ? "yes" : "**no**",
];
console.log(
  `${describeMachine()}\n\n${table(
    ["the console", "goal, ms", "median, ms", "slowest, ms", "met"],
    [
      row("first paint of the first page", MOST_PAINT_MS, paints),
      row("slowest of three clicks to the next frame", MOST_INTERACTION_MS, interactions),
      ...Object.entries(lists).map(([what, figures]) =>
        row(`page loaded and rows shown: ${what}`, MOST_LIST_MS, figures),
      ),
    ],
  )}`,
);
