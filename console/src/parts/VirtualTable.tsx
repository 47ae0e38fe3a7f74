import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { moved, visibleRows } from "./rows";

export type Column<Row> = {
  key: string;
  title: string;
  /** A track of the CSS grid: ``9rem``, ``minmax(12rem, 1fr)``. */
  width: string;
  align?: "end";
  render: (row: Row) => ReactNode;
};

type Props<Row> = {
  label: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  onOpen?: (row: Row) => void;
  /** More rows lie on the server; ``onMore`` is called when their place comes near. */
  more?: boolean;
  onMore?: () => void;
};

const ROW_HEIGHT = 52; // pixels, as in style.css
const NEAR_ROWS = 80;

/**
 * A table of any length: it draws the rows in view, is moved through by arrow keys and opened by Enter, and asks for
 * more rows before the last one is reached.
 */
export function VirtualTable<Row>({ label, columns, rows, rowKey, onOpen, more = false, onMore }: Props<Row>) {
  const { t } = useTranslation();
  const view = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 640 });
  const [active, setActive] = useState(0);
  const [follow, setFollow] = useState(false);

  useLayoutEffect(() => {
    const box = view.current;
    if (!box) return undefined;
    const measure = (): void => setScroll({ top: box.scrollTop, height: box.clientHeight });
    const watch = new ResizeObserver(measure);
    watch.observe(box);
    return () => watch.disconnect();
  }, []);

  const [first, last] = visibleRows(scroll.top, scroll.height, ROW_HEIGHT, rows.length);
  useEffect(() => {
    if (more && last > rows.length - NEAR_ROWS) onMore?.();
  }, [more, last, rows.length, onMore]);

  useEffect(() => {
    if (!follow) return;
    const row = view.current?.querySelector<HTMLElement>(`[data-row="${active}"]`);
    if (!row) return; // a far row is drawn only after the scroll
    row.focus({ preventScroll: true });
    setFollow(false);
  }, [follow, active, first, last]);

  const onKey = (event: KeyboardEvent): void => {
    const box = view.current;
    const page = Math.max(1, Math.floor(scroll.height / ROW_HEIGHT) - 2);
    const to = moved(event.key, active, rows.length, page);
    if (to === null || !box) {
      const row = rows[active];
      if (event.key === "Enter" && row && event.target === event.currentTarget.querySelector(`[data-row="${active}"]`)) onOpen?.(row);
      return;
    }
    event.preventDefault();
    const top = to * ROW_HEIGHT;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + 2 * ROW_HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = top + 2 * ROW_HEIGHT - box.clientHeight;
    setActive(to);
    setFollow(true);
  };

  const tracks = columns.map((column) => column.width).join(" ");
  const current = Math.min(Math.max(active, 0), rows.length - 1);
  const reachable = current >= first && current < last ? current : first;
  return (
    <div
      ref={view}
      className="table"
      role="grid"
      aria-label={label}
      aria-rowcount={more ? -1 : rows.length + 1}
      onScroll={(e) => setScroll({ top: e.currentTarget.scrollTop, height: e.currentTarget.clientHeight })}
      onKeyDown={onKey}
    >
      <div className="table-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: tracks }}>
        {columns.map((column) => (
          <span key={column.key} role="columnheader" className={column.align}>
            {column.title}
          </span>
        ))}
      </div>
      <div role="rowgroup" className="table-body" style={{ height: rows.length * ROW_HEIGHT }}>
        {rows.slice(first, last).map((row, i) => {
          const n = first + i;
          return (
            <div
              key={rowKey(row)}
              role="row"
              aria-rowindex={n + 2}
              data-row={n}
              tabIndex={n === reachable ? 0 : -1}
              className={onOpen ? "table-row table-row-open" : "table-row"}
              style={{ gridTemplateColumns: tracks, transform: `translateY(${n * ROW_HEIGHT}px)` }}
              onFocus={() => setActive(n)}
              onClick={onOpen && (() => onOpen(row))}
            >
              {columns.map((column) => (
                <span key={column.key} role="gridcell" className={column.align}>
                  {column.render(row)}
                </span>
              ))}
            </div>
          );
        })}
      </div>
      {more && <p className="table-more soft">{t("common.more")}</p>}
    </div>
  );
}
