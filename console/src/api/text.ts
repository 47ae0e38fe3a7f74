import type { Finding } from "./types";

export type Piece = { text: string; finding: Finding | null };

/**
 * Cut a masked text at its findings. Offsets count code points, not UTF-16 units: an emoji before a number must not
 * move its mark. Findings that overlap or lie outside are dropped, the earlier and longer one kept.
 */
export function pieces(text: string, findings: readonly Finding[]): Piece[] {
  const points = Array.from(text);
  const inOrder = findings
    .filter((f) => f.start >= 0 && f.start < f.end && f.end <= points.length)
    .toSorted((a, b) => a.start - b.start || b.end - a.end);
  const cut: Piece[] = [];
  let at = 0;
  for (const finding of inOrder) {
    if (finding.start < at) continue;
    if (finding.start > at) cut.push({ text: points.slice(at, finding.start).join(""), finding: null });
    cut.push({ text: points.slice(finding.start, finding.end).join(""), finding });
    at = finding.end;
  }
  if (at < points.length) cut.push({ text: points.slice(at).join(""), finding: null });
  return cut;
}
