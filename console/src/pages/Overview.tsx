import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMemo } from "react";

import { useOverview } from "../api/queries";
import type { Overview } from "../api/types";
import { numberText, total } from "../format";
import { EmptyState } from "../parts/EmptyState";
import { ErrorState } from "../parts/ErrorState";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { Tiles } from "../parts/Tiles";
import { usePreferences } from "../preferences";
import { useSession } from "../session/session";
import { Breakdown } from "./Breakdown";
import { OverTime } from "./OverTime";
import { RunList } from "./RunList";

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
  const stacks = useMemo(() => overview.days.map(({ day, channels }) => ({ at: day, counts: channels })), [overview.days]);
  return (
    <>
      <Totals overview={overview} />
      <div className="grid grid-chart">
        <section className="card">
          <h2>{t("overview.overTime")}</h2>
          <OverTime title={t("overview.overTime")} stacks={stacks} family="channel" />
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

function Totals({ overview }: { overview: Overview }) {
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
  return <Tiles tiles={tiles} />;
}
