import { loggableId } from "../core/apps/app.ts";
import { agentName } from "../core/apps/work-agent.ts";
import type { TableRow } from "./old-tables.ts";
import { type Row, RowError } from "./row.ts";

/**
 * How a row is named to people: by what identifies it, else by its place in the table. People put secrets where ids
 * belong, so of those only what has the form of WeChat's own is shown.
 */
export function nameOf({ table, number, row }: TableRow): string {
  switch (table) {
    case "cAppinfo":
      return `${table} ${loggableId(textIn(row, "appid")) ?? `row ${number}`}`;
    case "cAppinfo_work":
      return `${table} ${loggableId(agentName(textIn(row, "corpid"), textIn(row, "agentid"))) ?? `row ${number}`}`;
    default: {
      const id = textIn(row, "id");
      return `${table} row ${/^\d{1,20}$/.test(id) ? id : number}`;
    }
  }
}

/** The text in a column; empty when there is none. */
export function textIn(row: Row, column: string): string {
  try {
    return row.text(column);
  } catch (error) {
    if (error instanceof RowError) return "";
    throw error;
  }
}
