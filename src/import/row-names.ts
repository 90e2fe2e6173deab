import { loggableId } from "../core/apps/app.ts";
import { agentName } from "../core/apps/work-agent.ts";
import { type Row, RowError } from "./row.ts";
import type { SourceTable, TableRow } from "./source-tables.ts";

const appidIn = (row: Row): string | null => loggableId(textIn(row, "appid"));
const agentIn = (row: Row): string | null =>
  loggableId(agentName(textIn(row, "corpid"), textIn(row, "agentid")));

function rowIdIn(row: Row): string | null {
  const id = textIn(row, "id");
  return /^\d{1,20}$/.test(id) ? `row ${id}` : null;
}

/** Returns what identifies a row of each table; null when the row does not have it. */
const IDENTITIES: Record<SourceTable, (row: Row) => string | null> = {
  cAppinfo: appidIn,
  cAppinfo_work: agentIn,
  wafer_appinfo: rowIdIn,
  cSessionInfo: rowIdIn,
  wafer_sessioninfo: rowIdIn,
};

/**
 * Returns a row's name for messages: what identifies it, or else its position in the table. An id
 * is shown only if it has the form of WeChat's, because people put secrets where ids belong.
 */
export const nameOf = ({ table, number, row }: TableRow): string =>
  `${table} ${IDENTITIES[table](row) ?? `row ${number}`}`;

/** Returns the text in a column; empty when there is none. */
export const textIn = (row: Row, column: string): string => textOrNull(row, column) ?? "";

/** Returns the text in a column, empty for NULL; null when it does not contain a text. */
export function textOrNull(row: Row, column: string): string | null {
  try {
    return row.text(column);
  } catch (error) {
    if (error instanceof RowError) return null;
    throw error;
  }
}
