import { lazy, Suspense, useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { numberText, timeText } from "../format";
import { useTerm } from "../parts/problem-text";
import { usePreferences } from "../preferences";
import type { Stack } from "./DayChart";

const DayChart = lazy(() => import("./DayChart"));

const MOST = 7;
const REST = "rest";

type Props = { title: string; stacks: Stack[]; family: "channel" | "entity" | "class" | "level" };

/** Counts over time as stacked bars, and as a table for those who do not see them; beyond seven kinds the rest is one. */
export function OverTime({ title, stacks, family }: Props) {
  const { t } = useTranslation();
  const term = useTerm();
  const { language } = usePreferences();
  const { codes, shown } = useMemo(() => gathered(stacks, family === "level"), [stacks, family]);
  const name = useCallback(
    (code: string): string => (code === REST ? t("overview.rest") : family === "level" ? `${code} · ${term("level", code)}` : term(family, code)),
    // eslint-disable-next-line -- the words change with the language alone
    [family, language],
  );
  return (
    <>
      <div className="chart" role="img" aria-label={title}>
        <Suspense fallback={null}>
          <DayChart stacks={shown} codes={codes} name={name} />
        </Suspense>
      </div>
      <details className="day-table">
        <summary>{t("overview.overTimeTable")}</summary>
        <div className="scroll-x" tabIndex={0} role="region" aria-label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("overview.day")}</th>
                {codes.map((code) => <th key={code} scope="col">{name(code)}</th>)}
              </tr>
            </thead>
            <tbody>
              {shown.map(({ at, counts }) => (
                <tr key={at}>
                  <th scope="row">{at.length > 7 ? timeText(at, "day") : at}</th>
                  {codes.map((code) => <td key={code}>{numberText(language, counts[code] ?? 0)}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

/** The kinds in the order of their totals (levels in their own), those beyond the seventh added up. */
function gathered(stacks: Stack[], ordered: boolean): { codes: string[]; shown: Stack[] } {
  const totals: Record<string, number> = {};
  for (const { counts } of stacks) for (const [code, count] of Object.entries(counts)) totals[code] = (totals[code] ?? 0) + count;
  const all = Object.keys(totals).toSorted((a, b) => (ordered ? a.localeCompare(b) : (totals[b] ?? 0) - (totals[a] ?? 0)));
  if (all.length <= MOST + 1) return { codes: all, shown: stacks };
  const codes = all.slice(0, MOST);
  const shown = stacks.map(({ at, counts }) => {
    const kept = Object.fromEntries(codes.map((code) => [code, counts[code] ?? 0]));
    const rest = Object.entries(counts).reduce((sum, [code, count]) => (codes.includes(code) ? sum : sum + count), 0);
    return { at, counts: { ...kept, [REST]: rest } };
  });
  return { codes: [...codes, REST], shown };
}
