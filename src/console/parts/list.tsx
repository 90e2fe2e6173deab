import type { ReactNode } from "react";
import type { Reading } from "../client/use-reading.ts";
import { Go } from "../router/place.tsx";
import { useText } from "../text/text.tsx";
import { ErrorLines } from "./error-lines.tsx";
import { Pager } from "./pager.tsx";

export interface ListColumn<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  /** The line of a narrow screen's row that has the cell; null leaves it to the row's panel. */
  line: 1 | 2 | null;
  /** Numbers and times are at the right. */
  isRight?: boolean;
}

/** A page of a list, as the API gives it. */
export interface ListPage<Row> {
  items: readonly Row[];
  next: string | null;
}

interface ListProps<Row> {
  label: string;
  reading: Reading<ListPage<Row>>;
  columns: readonly ListColumn<Row>[];
  keyOf: (row: Row) => string;
  /** The address of a row's panel, which its first cell links to. */
  placeOfRow?: (row: Row) => string;
  isOpen?: (row: Row) => boolean;
  failed: string;
  empty: ReactNode;
}

const WAITING_ROWS = [0, 1, 2, 3, 4];

/** A table that becomes two-line rows on a narrow screen, with its other states. */
export function List<Row>(props: ListProps<Row>) {
  const { label, reading, columns, failed, empty } = props;
  const { value, error, reload } = reading;
  if (value !== undefined && value.items.length === 0 && error === null)
    return (
      <>
        <div className="empty">{empty}</div>
        <Pager next={value.next} />
      </>
    );
  return (
    <>
      {error !== null && <ErrorLines failed={failed} error={error} retry={reload} />}
      {(value !== undefined || error === null) && (
        <table className="list" aria-label={label} aria-busy={value === undefined}>
          <thead>
            <tr>
              {columns.map(({ title, isRight }) => (
                <th key={title} scope="col" className={isRight ? "right" : undefined}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {value === undefined ? <Waiting columns={columns.length} /> : <Rows {...props} />}
          </tbody>
        </table>
      )}
      <Pager next={value?.next ?? null} />
    </>
  );
}

function Waiting({ columns }: { columns: number }) {
  const { t } = useText();
  return WAITING_ROWS.map((row) => (
    <tr key={row} className="waiting">
      <td colSpan={columns}>
        <span className="bone">
          {row === 0 && <span className="unseen">{t.words.loading}</span>}
        </span>
      </td>
    </tr>
  ));
}

function Rows<Row>({ reading, columns, keyOf, placeOfRow, isOpen }: ListProps<Row>) {
  return reading.value?.items.map((row) => (
    <tr
      key={keyOf(row)}
      className={placeOfRow && "goes"}
      aria-current={isOpen?.(row) ? "true" : undefined}
    >
      {columns.map(({ title, cell, line, isRight }, index) => (
        <td
          key={title}
          className={[isRight && "right", line === null ? "wide" : `line-${line}`]
            .filter(Boolean)
            .join(" ")}
        >
          {index === 0 && placeOfRow ? <Go to={placeOfRow(row)}>{cell(row)}</Go> : cell(row)}
        </td>
      ))}
    </tr>
  ));
}
