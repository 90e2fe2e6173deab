import { expect, test } from "bun:test";
import { MOST_KEPT_BYTES, MOST_KEPT_LINES } from "../core/logs/kept-lines.ts";
import { LinesOfEnded, linesToLeave } from "./left-lines.ts";

const left = (source: string, lines: (string | null)[], first = 0) => ({ source, first, lines });

test("LinesOfEnded keeps lines under the numbers that they had", () => {
  const ended = new LinesOfEnded();
  ended.add(left("0000000a", ["seven", null, "nine"], 7));
  const [kept] = ended.all;
  expect([kept?.first, kept?.end]).toEqual([7, 10]);
  expect([6, 7, 8, 9, 10].map((number) => kept?.line(number))).toEqual([
    null,
    "seven",
    null,
    "nine",
    null,
  ]);
  expect(kept && linesToLeave(kept)).toEqual(left("0000000a", ["seven", null, "nine"], 7));
});

test.each<{ what: string; lines: string[] }>([
  { what: "lines", lines: Array.from({ length: MOST_KEPT_LINES / 2 }, () => "x") },
  { what: "bytes", lines: ["é".repeat(MOST_KEPT_BYTES / 4)] },
])(
  "LinesOfEnded keeps the workers that ended last, within the $what of one process",
  ({ lines }) => {
    const ended = new LinesOfEnded();
    for (const source of ["0000000a", "0000000b", "0000000c"]) ended.add(left(source, lines));
    expect(ended.all.map(({ source }) => source)).toEqual(["0000000b", "0000000c"]);
  },
);
