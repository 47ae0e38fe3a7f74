import { useMutation } from "@tanstack/react-query";
import { Select } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { type ConversationFilter, searchConversations, useConversations } from "../api/queries";
import type { ConversationRow } from "../api/types";
import { numberText } from "../format";
import { en } from "../i18n/en";
import { EmptyState } from "../parts/EmptyState";
import { ErrorState } from "../parts/ErrorState";
import { Loading } from "../parts/Loading";
import { FoundMarks, LevelMark, Moment } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { PeriodFilter } from "../parts/PeriodFilter";
import { useTerm } from "../parts/problem-text";
import { type Column, VirtualTable } from "../parts/VirtualTable";
import { usePreferences } from "../preferences";
import { useSession } from "../session/session";
import { Watermark } from "../shell/Watermark";
import { ExactSearch } from "./ExactSearch";

export default function Conversations() {
  const { t } = useTranslation();
  const { may } = useSession();
  const [filter, setFilter] = useState<ConversationFilter>({});
  const search = useMutation({ mutationFn: (asked: { index: string; value: string }) => searchConversations(asked.index, asked.value) });
  const searching = search.status !== "idle";
  return (
    <div className="page page-fill">
      <PageHead title={t("conversations.title")} lead={t("conversations.lead")} />
      {may("conversation:search") && (
        <ExactSearch busy={search.isPending} onSearch={(asked) => search.mutate(asked)} onClear={searching ? search.reset : undefined} />
      )}
      {searching ? (
        <SearchResults {...search} onRetry={search.variables && (() => search.mutate(search.variables))} />
      ) : (
        <Listing filter={filter} onFilter={setFilter} />
      )}
      <Watermark kind="list" />
    </div>
  );
}

type Results = {
  isPending: boolean;
  error: Error | null;
  data?: { items: ConversationRow[]; next: string | null };
  onRetry?: () => void;
};

function SearchResults({ isPending, error, data, onRetry }: Results) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (isPending) return <Loading />;
  if (error) return <ErrorState error={error} onRetry={onRetry} />;
  const items = data?.items ?? [];
  if (items.length === 0)
    return <EmptyState title={t("conversations.nothingFoundTitle")} text={t("conversations.nothingFoundText")} />;
  const formatted = numberText(language, items.length);
  return (
    <>
      <p className="table-caption" role="status">
        {data?.next ? t("conversations.resultsMore", { formatted }) : t("conversations.results", { count: items.length, formatted })}
      </p>
      <Table rows={items} />
    </>
  );
}

function Listing({ filter, onFilter }: { filter: ConversationFilter; onFilter: (filter: ConversationFilter) => void }) {
  const { t } = useTranslation();
  const list = useConversations(filter, true);
  return (
    <>
      <Filters filter={filter} onFilter={onFilter} />
      {list.loading && <Loading />}
      {list.error && <ErrorState error={list.error} onRetry={list.refetch} />}
      {!list.loading && !list.error && list.rows.length === 0 && (
        <EmptyState title={t("conversations.emptyTitle")} text={t("conversations.emptyText")} />
      )}
      {list.rows.length > 0 && <Table rows={list.rows} more={list.more} onMore={list.onMore} />}
    </>
  );
}

type FilterProps = { filter: ConversationFilter; onFilter: (filter: ConversationFilter) => void };

function Filters({ filter, onFilter }: FilterProps) {
  const { t } = useTranslation();
  const term = useTerm();
  const options = (family: "channel" | "entity" | "language") => Object.keys(en[family]).map((value) => ({ value, label: term(family, value) }));
  const choose = (part: ConversationFilter): void => onFilter({ ...filter, ...part });
  const select = { allowClear: true, popupMatchSelectWidth: false } as const;
  return (
    <div className="filters" role="group" aria-label={t("conversations.title")}>
      <Select {...select} aria-label={t("conversations.channel")} placeholder={t("conversations.channel")} options={options("channel")} value={filter.channel} onChange={(channel) => choose({ channel })} />
      <Select {...select} aria-label={t("conversations.language")} placeholder={t("conversations.language")} options={options("language")} value={filter.language} onChange={(language) => choose({ language })} />
      <Select {...select} aria-label={t("conversations.entity")} placeholder={t("conversations.entity")} options={options("entity")} value={filter.entity} onChange={(entity) => choose({ entity })} />
      <Select {...select} aria-label={t("conversations.levelFrom")} placeholder={t("conversations.levelFrom")} options={[1, 2, 3, 4, 5].map((level) => ({ value: level, label: t("common.levelNamed", { level, name: term("level", level) }) }))} value={filter.level} onChange={(level) => choose({ level })} />
      <PeriodFilter period={filter} onChange={choose} />
    </div>
  );
}

function Table({ rows, more, onMore }: { rows: ConversationRow[]; more?: boolean; onMore?: () => void }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const navigate = useNavigate();
  const term = useTerm();
  const columns = useMemo<Column<ConversationRow>[]>(
    () => [
      { key: "at", title: t("conversations.started"), width: "9rem", render: (row) => <Moment at={row.started_at} /> },
      { key: "channel", title: t("conversations.channel"), width: "5rem", render: (row) => term("channel", row.channel) },
      {
        key: "preview",
        title: t("conversations.preview"),
        width: "minmax(14rem, 1fr)",
        render: (row) => <span lang={row.language === "zh" ? "zh-CN" : (row.language ?? undefined)}>{row.preview}</span>,
      },
      { key: "found", title: t("conversations.found"), width: "minmax(14rem, 0.5fr)", render: (row) => <FoundMarks findings={row.findings} most={2} /> },
      { key: "level", title: t("conversations.levelFrom"), width: "4.5rem", render: (row) => <LevelMark level={row.level} /> },
      { key: "turns", title: t("conversations.turns"), width: "4rem", align: "end", render: (row) => row.turn_count },
      { key: "agent", title: t("conversations.agent"), width: "5.5rem", render: (row) => row.agent ?? "—" },
    ],
    [t, term],
  );
  return (
    <VirtualTable
      label={t("conversations.title")}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      onOpen={may("conversation:view") ? (row) => void navigate(`/conversations/${row.id}`) : undefined}
      more={more}
      onMore={onMore}
    />
  );
}
