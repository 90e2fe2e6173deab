import { expect, test } from "bun:test";
import { RecentLines } from "./recent-lines.ts";

const keptOf = (recent: RecentLines): (string | null)[] =>
  Array.from({ length: recent.end - recent.first }, (_, index) =>
    recent.line(recent.first + index),
  );

test.each<{ name: string; lines: string[]; kept: (string | null)[] }>([
  { name: "no line", lines: [], kept: [] },
  { name: "a line without its line feed", lines: ["one\n"], kept: ["one"] },
  { name: "as many lines as it may", lines: ["1\n", "2\n", "3\n"], kept: ["1", "2", "3"] },
  { name: "the latest of more", lines: ["1\n", "2\n", "3\n", "4\n"], kept: ["2", "3", "4"] },
  { name: "texts of more than a byte a letter", lines: ["微信\n", "é😀\n"], kept: ["微信", "é😀"] },
  {
    name: "nothing of a line that needs all the room, and the lines around it",
    lines: ["1\n", `${"x".repeat(50)}\n`, "3\n"],
    kept: ["1", null, "3"],
  },
])("RecentLines keeps $name", ({ lines, kept }) => {
  const recent = new RecentLines("0123abcd", 3, 100);
  for (const line of lines) recent.add(line);
  expect(keptOf(recent)).toEqual(kept);
});

test("RecentLines keeps whole lines, the latest ones, however long they are", () => {
  const recent = new RecentLines("0123abcd", 20, 1000);
  const added: string[] = [];
  for (let number = 0; number < 5000; number += 1) {
    const text = `${number}${(number % 7 === 0 ? "é" : "x").repeat((number * 31) % 90)}`;
    added.push(text);
    recent.add(`${text}\n`);
    const kept = keptOf(recent);
    expect(recent.end).toBe(number + 1);
    expect(kept).toEqual(added.slice(-kept.length));
    // The longest line takes 3 × 95 bytes while it is written, and as many may be lost at the end.
    if (number > 100) expect(kept.join("").length).toBeGreaterThan(200);
    expect(kept.length).toBeLessThanOrEqual(20);
  }
});
