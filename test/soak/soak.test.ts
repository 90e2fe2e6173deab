/** Short forms of the soak tests; `npm run soak` runs the long ones. */
import { expect, test } from "bun:test";
import { fuzz } from "./fuzz.ts";
import { importSessions } from "./import-sessions.ts";
import { KILLS } from "./kill-rounds.ts";
import { short } from "./part.ts";

test("kill -9 at random moments loses no acknowledged write, and the store opens again", async () => {
  // One round for each kind of victim.
  expect(await short(KILLS, 5)).toContain("none lost");
}, 60_000);

test(
  "random requests get an answer with a known return code",
  () => fuzz(1000, 20_261_120),
  60_000,
);

test("import takes every session of a large dump", async () => {
  const { rate } = await importSessions(20_000, "");
  expect(rate).toBeGreaterThan(0);
}, 60_000);
