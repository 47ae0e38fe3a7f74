/** Which rows of a long list to draw: those in view and a few on either side. Half-open, in row numbers. */
export function visibleRows(scrollTop: number, height: number, rowHeight: number, count: number, spare = 8): [number, number] {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare);
  return [Math.min(first, count), last];
}

/** Where a key moves the focus among ``count`` rows, or null when it moves nothing. */
export function moved(key: string, from: number, count: number, page: number): number | null {
  const steps: Record<string, number> = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: count - 1,
  };
  const to = steps[key];
  return to === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, to));
}
