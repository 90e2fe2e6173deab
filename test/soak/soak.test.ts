/** The soaks in short; `npm run soak` runs them in full. */
import { expect, test } from "bun:test";
import { fuzz } from "./fuzz.ts";
import { importSessions } from "./import-sessions.ts";
import { killRounds } from "./kill-rounds.ts";

test("no acknowledged session is lost by kill -9 at a random moment, and the store opens", async () => {
  const { rounds, acknowledged, verified } = await killRounds(8);
  expect(rounds).toBe(8);
  expect(acknowledged).toBeGreaterThan(8);
  expect(verified).toBeGreaterThanOrEqual(acknowledged);
}, 60_000);

test("random requests are answered by the table", () => fuzz(1000, 20_261_120), 60_000);

test("a dump of many sessions comes in whole", async () => {
  const { rate } = await importSessions(20_000, "");
  expect(rate).toBeGreaterThan(0);
}, 60_000);
