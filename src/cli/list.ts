import { Option } from "commander";
import type { Portion } from "./api/api.ts";
import { type Given, type Running, textOption } from "./api-command.ts";
import { usageFailure } from "./command-failure.ts";
import { type Cell, Table } from "./terminal/table.ts";
import { type TimeFormat, utcOption } from "./terminal/time.ts";

const DEFAULT_LIMIT = 50;

/** Makes the flags of a list. */
export const listOptions = (): Option[] => [
  utcOption(),
  new Option("--limit <number>", `print at most this many (default: ${DEFAULT_LIMIT})`),
  new Option("--all", "print all").conflicts("limit"),
  new Option("--cursor <cursor>", "continue where the previous list ended"),
];

function portionOf(given: Given): Portion {
  const text = textOption(given, "limit");
  if (text !== null && !/^[1-9]\d{0,8}$/.test(text))
    throw usageFailure(`--limit must be a whole number of at least 1, not "${text}"`);
  const limit = given["all"] === true ? null : Number(text ?? DEFAULT_LIMIT);
  return { limit, cursor: textOption(given, "cursor") };
}

/** The way a list is printed. */
interface ListView<Item> {
  heads: readonly string[];
  row(item: Item, time: TimeFormat): Cell[];
  /** The message for an empty list. */
  nothing: string;
}

/** Prints a list page by page: as a table, or as one JSON document in the form of the API. */
export async function printList<Item>(
  { api, io, json, given, time }: Running,
  path: string,
  query: Record<string, string>,
  { heads, row, nothing }: ListView<Item>,
): Promise<void> {
  const table = new Table(io, heads);
  let next: string | null = null;
  let count = 0;
  for await (const page of api.pages<Item>(path, query, portionOf(given))) {
    if (json)
      for (const item of page.items)
        io.write(`${count++ === 0 ? '{"items":[' : ","}\n${JSON.stringify(item)}`);
    else if (page.items.length > 0) table.print(page.items.map((item) => row(item, time)));
    if (!json) count += page.items.length;
    next = page.next;
  }
  if (json) io.write(`${count === 0 ? '{"items":[' : "\n"}],"next":${JSON.stringify(next)}}\n`);
  else if (count === 0) io.print(`${nothing}\n`);
  else if (next !== null) io.print(`there are more: --all, or --cursor ${next}\n`);
}
