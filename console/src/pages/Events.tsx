import { Drawer, Select } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { ACTIONS } from "../actions";
import { type EventFilter, useEvents } from "../api/queries";
import type { EventRow } from "../api/types";
import { en } from "../i18n/en";
import { EmptyState } from "../parts/EmptyState";
import { ErrorState } from "../parts/ErrorState";
import { Loading } from "../parts/Loading";
import { Moment, StateMark, VerifiedMark } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { PeriodFilter } from "../parts/PeriodFilter";
import { useTerm } from "../parts/problem-text";
import { type Column, VirtualTable } from "../parts/VirtualTable";
import { Watermark } from "../shell/Watermark";
import { EventDetails } from "./EventDetails";

export default function Events() {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<EventFilter>({});
  const [opened, setOpened] = useState<EventRow | null>(null);
  const list = useEvents(filter);
  return (
    <div className="page page-fill">
      <PageHead title={t("events.title")} lead={t("events.lead")} />
      <Filters filter={filter} onFilter={setFilter} />
      {list.loading && <Loading />}
      {list.error && <ErrorState error={list.error} onRetry={list.refetch} />}
      {!list.loading && !list.error && list.rows.length === 0 && <EmptyState title={t("events.emptyTitle")} text={t("events.emptyText")} />}
      {list.rows.length > 0 && <Table rows={list.rows} more={list.more} onMore={list.onMore} onOpen={setOpened} />}
      <Drawer open={opened !== null} onClose={() => setOpened(null)} size={520} title={t("events.drawer")} destroyOnHidden>
        {opened && <EventDetails event={opened} />}
      </Drawer>
      <Watermark kind="list" />
    </div>
  );
}

function Filters({ filter, onFilter }: { filter: EventFilter; onFilter: (filter: EventFilter) => void }) {
  const { t } = useTranslation();
  const term = useTerm();
  const choose = (part: EventFilter): void => onFilter({ ...filter, ...part });
  return (
    <div className="filters" role="group" aria-label={t("events.title")}>
      <Select
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        className="select-wide"
        aria-label={t("events.action")}
        placeholder={t("events.action")}
        value={filter.action}
        options={ACTIONS.map((value) => ({ value, label: term("action", value) }))}
        onChange={(action) => choose({ action })}
        data-shortcut="/"
      />
      <Select
        allowClear
        popupMatchSelectWidth={false}
        aria-label={t("events.outcome")}
        placeholder={t("events.outcome")}
        value={filter.outcome}
        options={Object.keys(en.outcome).map((value) => ({ value, label: term("outcome", value) }))}
        onChange={(outcome) => choose({ outcome })}
      />
      <PeriodFilter period={filter} onChange={choose} />
    </div>
  );
}

type TableProps = { rows: EventRow[]; more: boolean; onMore: () => void; onOpen: (event: EventRow) => void };

function Table({ rows, more, onMore, onOpen }: TableProps) {
  const { t } = useTranslation();
  const term = useTerm();
  const columns = useMemo<Column<EventRow>[]>(
    () => [
      { key: "at", title: t("events.at"), width: "10.5rem", render: (row) => <Moment at={row.at} precision="second" /> },
      { key: "actor", title: t("events.actor"), width: "minmax(6rem, 0.6fr)", render: (row) => row.actor.name ?? term("actor", row.actor.kind) },
      { key: "action", title: t("events.action"), width: "minmax(8rem, 1fr)", render: (row) => <strong>{term("action", row.action)}</strong> },
      { key: "outcome", title: t("events.outcome"), width: "8.5rem", render: (row) => <StateMark family="outcome" code={row.outcome} /> },
      { key: "reason", title: t("events.reason"), width: "minmax(7.5rem, 0.9fr)", render: (row) => <span className="soft">{term("reason", row.reason)}</span> },
      { key: "purpose", title: t("events.purpose"), width: "minmax(5.5rem, 0.7fr)", render: (row) => term("purpose", row.purpose) },
      {
        key: "target",
        title: t("events.target"),
        width: "7.5rem",
        render: (row) => term("target", row.target?.kind),
      },
      { key: "verified", title: t("events.entry"), width: "6.5rem", render: (row) => <VerifiedMark verified={row.verified} /> },
    ],
    [t, term],
  );
  return <VirtualTable label={t("events.title")} columns={columns} rows={rows} rowKey={(row) => row.id} onOpen={onOpen} more={more} onMore={onMore} />;
}
