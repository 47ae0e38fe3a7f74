import { useTranslation } from "react-i18next";

import type { Counts } from "../api/types";
import { BarList } from "../parts/BarList";
import { useTerm } from "../parts/problem-text";

type BreakdownProps = { title: string; counts: Counts; family: "level" | "entity" | "class" | "channel"; byCode?: boolean };

/** Counts of one family as bars, the largest first, or by code. */
export function Breakdown({ title, counts, family, byCode = false }: BreakdownProps) {
  const { t } = useTranslation();
  const term = useTerm();
  const label = (code: string): string => (family === "level" ? `${code} · ${term("level", code)}` : term(family, code));
  const rows = Object.entries(counts)
    .toSorted((a, b) => (byCode ? b[0].localeCompare(a[0]) : b[1] - a[1]))
    .map(([key, value]) => ({ key, label: label(key), value, tone: family === "level" ? `bar-level-${key}` : undefined }));
  return (
    <section className="card">
      <h2>{title}</h2>
      {rows.length ? <BarList rows={rows} label={title} /> : <p className="soft">{t("common.none")}</p>}
    </section>
  );
}
