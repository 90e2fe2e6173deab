/** Needs strace, and the right to trace; see {@link ./soak.test.ts} for the rest. */
import { expect, test } from "bun:test";
import { short } from "./part.ts";
import { cutPower, POWER_CUTS } from "./power-cut.ts";
import { Seeded } from "./seeded.ts";

test("a power cut at random moments loses no acknowledged write, and the store opens again", async () => {
  expect(await short(POWER_CUTS, 6, 1)).toContain("none lost");
}, 120_000);

test("cutPower() keeps what was flushed, and of the rest what its fate says", () => {
  const write = (at: number, text: string, more: object = {}) => ({
    offset: 4096 * at,
    bytes: Buffer.from(text),
    isSynchronous: false,
    begunAt: 0,
    endedAt: 0,
    ...more,
  });
  const recording = {
    writes: [
      write(2, "flushed", { begunAt: 1, endedAt: 1 }),
      write(3, "synchronous", { begunAt: 6, endedAt: 7, isSynchronous: true }),
      write(2, "pending", { begunAt: 8, endedAt: 8 }),
      write(0, "meta", { begunAt: 9, endedAt: 9 }),
      write(4, "later", { begunAt: 20, endedAt: 20 }),
    ],
    flushes: [{ begunAt: 3, endedAt: 5 }],
  };
  const cut = (fate: Parameters<typeof cutPower>[3], at = 10) => {
    const file = cutPower(Buffer.alloc(0), recording, at, fate, new Seeded(1));
    const text = (page: number) =>
      file.toString("latin1", 4096 * page, 4096 * page + 20).replaceAll("\0", "");
    return [0, 2, 3, 4].map(text);
  };

  expect(cut("nothing unflushed")).toEqual(["", "flushed", "synchronous", ""]);
  expect(cut("everything unflushed")).toEqual(["meta", "pending", "synchronous", ""]);
  expect(cut("meta pages only")).toEqual(["meta", "flushed", "synchronous", ""]);
  expect(cut("no meta page")).toEqual(["", "pending", "synchronous", ""]);
  // The flush had not ended.
  expect(cut("nothing unflushed", 5)).toEqual(["", "", "", ""]);
});
