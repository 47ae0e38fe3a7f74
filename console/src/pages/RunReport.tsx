import { Segmented } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { useRunReport } from "../api/queries";
import type { Counts, RunReport } from "../api/types";
import { numberText, sizeText, spanText, total } from "../format";
import { EmptyState } from "../parts/EmptyState";
import { ErrorState } from "../parts/ErrorState";
import { Loading } from "../parts/Loading";
import { Moment, StateMark } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { PlainTable } from "../parts/PlainTable";
import { useTerm } from "../parts/problem-text";
import { Tiles } from "../parts/Tiles";
import { usePreferences } from "../preferences";
import { useSession } from "../session/session";
import { Breakdown } from "./Breakdown";
import { OverTime } from "./OverTime";
import { RunControls } from "./RunControls";

const VIEWS = ["entity", "class", "level", "channel"] as const;
type View = (typeof VIEWS)[number];
const FIELD = { entity: "entities", class: "classes", level: "levels", channel: "channels" } as const;

/** The report of one intake run: what came, what was found in it over time, what was refused and why. */
export default function RunReportPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const query = useRunReport(id);
  return (
    <div className="page page-wide">
      <Link to="/intake" className="back">← {t("intake.title")}</Link>
      <PageHead title={t("report.title")} lead={t("report.lead")} />
      {query.isPending && <Loading />}
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && <Report report={query.data} />}
    </div>
  );
}

function Report({ report }: { report: RunReport }) {
  const { t } = useTranslation();
  const { may } = useSession();
  return (
    <>
      <p className="report-state">
        <StateMark family="state" code={report.state} /> <Moment at={report.started_at} />
        {report.taken > 0 && may("conversation:list") && <Link to="/conversations">{t("drop.see")}</Link>}
      </p>
      <RunControls run={report} />
      {report.state === "cancelled" && <p role="status">{t("intake.cancelledHint")}</p>}
      <Totals report={report} />
      {report.periods.length > 0 ? <Charts report={report} /> : report.finished_at && <EmptyState title={t("report.emptyTitle")} text={t("report.emptyText")} />}
      {total(report.entities) > 0 && (
        <div className="grid grid-thirds report-found">
          <Breakdown title={t("overview.byEntity")} counts={report.entities} family="entity" />
          <Breakdown title={t("overview.byClass")} counts={report.classes} family="class" />
          <Breakdown title={t("overview.byLevel")} counts={report.levels} family="level" byCode />
        </div>
      )}
      <Attached states={report.attachments} />
      <Refused report={report} />
      <Source report={report} />
    </>
  );
}

function Totals({ report }: { report: RunReport }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const say = (n: number, digits = 0): string => numberText(language, n, digits);
  const seconds = report.finished_at ? (Date.parse(report.finished_at) - Date.parse(report.started_at)) / 1000 : 0;
  const rate = seconds >= 1 && report.messages >= seconds ? t("report.rate", { rate: say(report.messages / seconds) }) : "";
  const tiles = [
    { label: t("intake.taken"), value: report.taken + report.changed, hint: t("report.before", { count: report.duplicates, duplicates: say(report.duplicates), changed: say(report.changed) }) },
    { label: t("intake.messages"), value: report.messages, hint: [spanText(language, report.started_at, report.finished_at), rate].filter(Boolean).join(" · ") },
    { label: t("overview.findings"), value: total(report.entities), hint: t("report.secrets", { secrets: say(report.secrets_cut) }) },
    { label: t("intake.rejected"), value: report.rejected, hint: report.missing ? t("report.missing", { missing: say(report.missing) }) : t("report.nothingMissing") },
  ];
  return <Tiles tiles={tiles} />;
}

function Charts({ report }: { report: RunReport }) {
  const { t } = useTranslation();
  const [view, setView] = useState<View>("entity");
  const stacks = useMemo(() => report.periods.map((period) => ({ at: period.began, counts: period[FIELD[view]] })), [report.periods, view]);
  const title = view === "channel" ? t("overview.overTime") : t("report.overTime");
  return (
    <section className="card">
      <div className="row-between">
        <h2>{title}</h2>
        <Segmented<View>
          aria-label={t("report.by")}
          value={view}
          onChange={setView}
          options={VIEWS.map((one) => ({ value: one, label: t(`report.${one}`) }))}
        />
      </div>
      <OverTime title={title} stacks={stacks} family={view} />
    </section>
  );
}

function Attached({ states }: { states: Counts }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const rows = Object.entries(states).toSorted((a, b) => b[1] - a[1]);
  if (rows.length === 0) return null;
  return (
    <section className="card">
      <h2>{t("attachments.title")}</h2>
      <PlainTable
        label={t("attachments.title")}
        rows={rows}
        rowKey={([state]) => state}
        columns={[
          { key: "count", title: t("report.count"), align: "end", render: ([, count]) => numberText(language, count) },
          { key: "state", title: t("attachments.state"), render: ([state]) => <StateMark family="state" code={state} /> },
          { key: "means", title: t("attachments.means"), render: ([state]) => t(`attachments.${state}` as never) },
        ]}
      />
    </section>
  );
}

function Refused({ report }: { report: RunReport }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const term = useTerm();
  const rows = Object.entries(report.reasons).toSorted((a, b) => b[1] - a[1]);
  if (rows.length === 0) return null;
  return (
    <section className="card">
      <h2>{t("drop.refused", { count: report.rejected })}</h2>
      <PlainTable
        label={t("drop.why")}
        rows={rows}
        rowKey={([code]) => code}
        columns={[
          { key: "count", title: t("report.count"), align: "end", render: ([, count]) => numberText(language, count) },
          { key: "why", title: t("drop.why"), render: ([code]) => term("refused", code) },
        ]}
      />
      <p className="soft small">{t("report.names")}</p>
    </section>
  );
}

function Source({ report }: { report: RunReport }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (!report.files) return null;
  return (
    <section className="card">
      <h2>{t("report.source")}</h2>
      <p>{t("report.sourceText", { count: report.files, files: numberText(language, report.files), size: sizeText(language, report.bytes) })}</p>
      <pre className="command">hushkeep protect ./conversations --shred-source</pre>
    </section>
  );
}
