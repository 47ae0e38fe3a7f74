import type { ReactNode } from "react";

type Column<Row> = { key: string; title: string; align?: "end"; render: (row: Row) => ReactNode };
type Props<Row> = { label: string; columns: Column<Row>[]; rows: readonly Row[]; rowKey: (row: Row) => string };

/** A short table: every row is drawn. */
export function PlainTable<Row>({ label, columns, rows, rowKey }: Props<Row>) {
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={label}>
      <table className="plain">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={column.align}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.key} className={column.align}>
                  {column.render(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
