/** Short forms of the soak; `npm run soak` runs the long ones. */
import { expect, test } from "bun:test";
import { DAMAGES } from "./damaged-files.ts";
import { importSessions } from "./import-sessions.ts";
import { KILLS } from "./kill-rounds.ts";
import { hasGrown, MEMORY } from "./memory.ts";
import { short } from "./part.ts";
import { ENVELOPES } from "./parts.ts";
import { REQUESTS } from "./requests.ts";

/** Random requests of a run in which nobody looks must not find what one in a million does. */
const SEED = 20_261_120;

test("kill -9 at random moments loses no acknowledged write, and the store opens again", async () => {
  // One round for each kind of victim.
  expect(await short(KILLS, 5, SEED)).toContain("none lost");
}, 120_000);

test("a damaged file ends no command by a signal or a stack, and hides nothing that is there", async () => {
  expect(await short(DAMAGES, 2, 1000)).toContain('no wrong "not found"');
}, 120_000);

test("random requests to the envelope get an answer with a known return code", async () => {
  expect(await short(ENVELOPES, 1000, SEED)).toContain("1000 random requests");
}, 120_000);

test("random requests of all protocols neither crash a process nor see a secret", async () => {
  expect(await short(REQUESTS, 2500, SEED)).toContain("0 crashes, 0 of ");
}, 120_000);

test("import takes every session of a large dump", async () => {
  const { rate } = await importSessions(20_000, "");
  expect(rate).toBeGreaterThan(0);
}, 120_000);

test("a mixed load is answered while the workers' memory is watched", async () => {
  const figures = await short(MEMORY, 2, SEED);
  expect(figures).toMatch(/^4\d{3} requests, .*worker 1: [\d ]+ MiB; worker 2: [\d ]+ MiB$/);
}, 120_000);

test("hasGrown() tells growth without bound from heaps that fill and vary", () => {
  const growing = Array.from({ length: 40 }, (_, step) => 60 + 2 * step);
  const level = Array.from({ length: 40 }, (_, step) => Math.min(100, 60 + 5 * step) + (step % 7));
  expect([growing, level].map(hasGrown)).toEqual([true, false]);
});
