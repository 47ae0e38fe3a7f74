import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { lazy, Suspense } from "react";

import { useOverview } from "../api/queries";
import type { Counts, Overview } from "../api/types";
import { numberText, timeText, total } from "../format";
import { BarList } from "../parts/BarList";
import { EmptyState } from "../parts/EmptyState";
import { ErrorState } from "../parts/ErrorState";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { useTerm } from "../parts/problem-text";
import { usePreferences } from "../preferences";
import { useSession } from "../session/session";
import { RunList } from "./RunList";

const DayChart = lazy(() => import("./DayChart"));

export default function OverviewPage() {
  const { t } = useTranslation();
  const query = useOverview();
  return (
    <div className="page page-wide">
      <PageHead title={t("overview.title")} lead={t("overview.lead")} />
      {query.isPending && <Loading />}
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && (query.data.conversations > 0 ? <Figures overview={query.data} /> : <Nothing />)}
    </div>
  );
}

function Nothing() {
  const { t } = useTranslation();
  return (
    <EmptyState title={t("overview.emptyTitle")} text={t("overview.emptyText")}>
      <pre className="command">hushkeep protect ./conversations</pre>
    </EmptyState>
  );
}

function Figures({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { may } = useSession();
  return (
    <>
      <Tiles overview={overview} />
      <div className="grid grid-chart">
        <section className="card">
          <h2>{t("overview.overTime")}</h2>
          <div className="chart" role="img" aria-label={t("overview.overTime")}>
            <Suspense fallback={null}>
              <DayChart days={overview.days} />
            </Suspense>
          </div>
          <DayTable days={overview.days} />
        </section>
        <div className="stack">
          <Breakdown title={t("overview.byLevel")} counts={overview.levels} family="level" byCode />
          <Breakdown title={t("overview.byChannel")} counts={overview.channels} family="channel" />
        </div>
      </div>
      <div className="grid grid-halves">
        <Breakdown title={t("overview.byEntity")} counts={overview.entities} family="entity" />
        <Breakdown title={t("overview.byClass")} counts={overview.classes} family="class" />
      </div>
      {may("intake:view") && overview.runs.length > 0 && (
        <section className="card">
          <div className="row-between">
            <h2>{t("overview.runs")}</h2>
            <Link to="/intake">{t("overview.allRuns")}</Link>
          </div>
          <RunList runs={overview.runs.slice(0, 5)} />
        </section>
      )}
    </>
  );
}

function Tiles({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const say = (n: number, digits = 0): string => numberText(language, n, digits);
  const found = total(overview.entities);
  const tiles = [
    {
      label: t("overview.conversations"),
      value: overview.conversations,
      hint: overview.turns ? t("overview.turnsHint", { count: overview.turns, formatted: say(overview.turns) }) : "",
    },
    { label: t("overview.findings"), value: found, hint: t("overview.perConversation", { formatted: say(found / overview.conversations, 1) }) },
    { label: t("overview.secrets"), value: overview.secrets_cut, hint: t("overview.secretsHint") },
    {
      label: t("overview.reveals"),
      value: overview.reveals_today,
      hint: t("overview.eventsHint", { count: overview.events_today, formatted: say(overview.events_today) }),
    },
  ];
  return (
    <dl className="tiles">
      {tiles.map((tile) => (
        <div key={tile.label} className="card tile">
          <dt>{tile.label}</dt>
          <dd>
            <span className="tile-value tabular">{say(tile.value)}</span>
            <span className="soft small">{tile.hint}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

type BreakdownProps = { title: string; counts: Counts; family: "level" | "entity" | "class" | "channel"; byCode?: boolean };

function Breakdown({ title, counts, family, byCode = false }: BreakdownProps) {
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

/** The chart's figures for those who do not see it. */
function DayTable({ days }: { days: Overview["days"] }) {
  const { t } = useTranslation();
  const term = useTerm();
  const channels = [...new Set(days.flatMap((day) => Object.keys(day.channels)))];
  return (
    <details className="day-table">
      <summary>{t("overview.overTimeTable")}</summary>
      <div className="scroll-x" tabIndex={0} role="region" aria-label={t("overview.overTime")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("overview.day")}</th>
              {channels.map((channel) => <th key={channel} scope="col">{term("channel", channel)}</th>)}
            </tr>
          </thead>
          <tbody>
            {days.map((day) => (
              <tr key={day.day}>
                <th scope="row">{timeText(day.day, "day")}</th>
                {channels.map((channel) => <td key={channel}>{day.channels[channel] ?? 0}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
