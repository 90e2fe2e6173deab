/**
 * `node scripts/bun.mjs test/load/console.ts [--rounds N]`: measures by the browser's own clock how
 * soon the console's first page is painted, and how soon a page answers a click. Prints a table in
 * Markdown. Needs the executable and Chromium.
 */
import { parseArgs } from "node:util";
import { ConsoleServer } from "../console/console-server.ts";
import { Visitor } from "../console/visitor.ts";
import { describeMachine } from "./machine.ts";
import { ms, table } from "./table.ts";
import { median } from "./wrk.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" } } });

const MOST_PAINT_MS = 1000;
const MOST_INTERACTION_MS = 100;

/** Has the page note how long its slowest event took to the next frame. */
const WATCH_EVENTS = `
  window.slowest = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) slowest = Math.max(slowest, duration);
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
`;

await using server = await ConsoleServer.start();
await using visitor = await Visitor.open(server);
const { page } = visitor;
await visitor.goto("/");
await visitor.signIn();

const paints: number[] = [];
const interactions: number[] = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
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
}

const row = (what: string, goal: number, figures: readonly number[]): string[] => [
  what,
  ms(median(figures)),
  ms(Math.max(...figures)),
  median(figures) < goal ? "yes" : "**no**",
];
console.log(
  `${describeMachine()}\n\n${table(
    ["console", "median, ms", "slowest, ms", "met"],
    [
      row(`first paint < ${MOST_PAINT_MS} ms`, MOST_PAINT_MS, paints),
      row(
        `slowest of three clicks to the next frame < ${MOST_INTERACTION_MS} ms`,
        MOST_INTERACTION_MS,
        interactions,
      ),
    ],
  )}`,
);
