import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { type RecordingRow, useRecordings } from "../api/recordings";
import { clockText } from "../format";
import { EmptyState } from "../parts/EmptyState";
import { Listed } from "../parts/Listed";
import { FoundMarks, Moment, stateCode, StateMark } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { useTerm } from "../parts/problem-text";
import { type Column, VirtualTable } from "../parts/VirtualTable";
import { useSession } from "../session/session";
import { Watermark } from "../shell/Watermark";

export default function RecordingsPage() {
  const { t } = useTranslation();
  const query = useRecordings();
  return (
    <div className="page page-wide">
      <PageHead title={t("recordings.title")} lead={t("recordings.lead")} />
      <Listed query={query}>
        {(page) =>
          page.items.length ? <Table rows={page.items} /> : <EmptyState title={t("recordings.emptyTitle")} text={t("recordings.emptyText")} />
        }
      </Listed>
      <Watermark kind="list" />
    </div>
  );
}

function Table({ rows }: { rows: RecordingRow[] }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const navigate = useNavigate();
  const columns = useMemo<Column<RecordingRow>[]>(
    () => [
      { key: "at", title: t("recordings.started"), width: "9rem", render: (row) => <Moment at={row.started_at ?? row.landed_at} /> },
      { key: "state", title: t("recordings.state"), width: "minmax(9rem, 0.4fr)", render: (row) => <Where row={row} /> },
      { key: "hidden", title: t("recordings.hidden"), width: "minmax(14rem, 1fr)", render: (row) => (row.state === "redacted" ? <FoundMarks findings={row.hidden} /> : "—") },
      { key: "length", title: t("recordings.length"), width: "6rem", align: "end", render: (row) => (row.seconds === null ? "—" : clockText(row.seconds)) },
      { key: "sample", title: t("recordings.sample"), width: "6rem", render: (row) => (row.sampled ? t("recordings.sampled") : "—") },
      { key: "agent", title: t("recordings.agent"), width: "8rem", render: (row) => row.agent ?? "—" },
    ],
    [t],
  );
  return (
    <VirtualTable
      label={t("recordings.title")}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      onOpen={may("recording:view") ? (row) => void navigate(`/recordings/${row.id}`) : undefined}
    />
  );
}

function Where({ row }: { row: RecordingRow }) {
  const { t } = useTranslation();
  const term = useTerm();
  if (row.state === "scanning" && row.stage)
    return <span className="tabular">{t("recordings.scanningAt", { stage: term("stage", row.stage), at: clockText(row.passed_seconds) })}</span>;
  return <StateMark family="state" code={stateCode(row.state)} />;
}
