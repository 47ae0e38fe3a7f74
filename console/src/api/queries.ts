import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";

import { api, taken } from "./client";
import type { paths } from "./schema";
import type { Conversation, ConversationRow, EventRow, IntakeRun, Overview, Page, Person, Proof, RunReport, SessionRow, Status } from "./types";

const PAGE_ROWS = 200; // the server's most

type Ask<T> = (cursor: string | undefined) => Promise<Page<T>>;

/** Rows of a cursor-paged list, put together as they are asked for. */
function useRows<T>(key: readonly unknown[], ask: Ask<T>, enabled = true) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => ask(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled,
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const onMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return { rows, more: hasNextPage, onMore, error: query.error, loading: query.isPending, refetch: () => void query.refetch() };
}

type Query<Path extends "/api/v1/conversations" | "/api/v1/events"> = NonNullable<paths[Path]["get"]["parameters"]["query"]>;

export type ConversationFilter = Omit<Query<"/api/v1/conversations">, "cursor" | "limit">;

export const useConversations = (filter: ConversationFilter, enabled: boolean) =>
  useRows<ConversationRow>(
    ["conversations", filter],
    (cursor) => taken(api.GET("/api/v1/conversations", { params: { query: { ...filter, cursor, limit: PAGE_ROWS } } })),
    enabled,
  );

/** One search by exact value; its value stays in the caller's hands and is never a cache key. */
export const searchConversations = (index: string, value: string): Promise<Page<ConversationRow>> =>
  taken(api.POST("/api/v1/conversations/search", { params: { query: { limit: PAGE_ROWS } }, body: { index, value } }));

export const useConversation = (id: string) =>
  useQuery({
    queryKey: ["conversation", id],
    queryFn: () => taken<Conversation>(api.GET("/api/v1/conversations/{conversation}", { params: { path: { conversation: id } } })),
    gcTime: 0,
  });

export const useTrail = (id: string, enabled: boolean) =>
  useQuery({
    queryKey: ["trail", id],
    queryFn: () => taken<Page<EventRow>>(api.GET("/api/v1/conversations/{conversation}/trail", { params: { path: { conversation: id } } })),
    enabled,
    staleTime: 0,
  });

export type EventFilter = Omit<Query<"/api/v1/events">, "cursor" | "limit">;

export const useEvents = (filter: EventFilter) =>
  useRows<EventRow>(["events", filter], (cursor) =>
    taken(api.GET("/api/v1/events", { params: { query: { ...filter, cursor, limit: PAGE_ROWS } } })),
  );

export const useProof = (id: string, enabled: boolean) =>
  useQuery({
    queryKey: ["proof", id],
    queryFn: () => taken<Proof>(api.GET("/api/v1/events/{event}/proof", { params: { path: { event: id } } })),
    enabled,
  });

export const useOverview = () =>
  useQuery({ queryKey: ["overview"], queryFn: () => taken<Overview>(api.GET("/api/v1/overview")) });

/** Whether a run may still change: it runs, it is paused, or its sender has yet to hear that it was cancelled. */
const isGoing = (run: IntakeRun): boolean => run.finished_at === null && run.state !== "cancelled";

export const useRuns = (enabled = true) =>
  useQuery({
    queryKey: ["runs"],
    queryFn: () => taken<Page<IntakeRun>>(api.GET("/api/v1/intake/runs")),
    enabled,
    refetchInterval: (query) => (query.state.data?.items.some(isGoing) ? 3_000 : 30_000),
  });

export const useRunReport = (run: string) =>
  useQuery({
    queryKey: ["runs", run],
    queryFn: () => taken<RunReport>(api.GET("/api/v1/intake/runs/{run}/report", { params: { path: { run } } })),
    refetchInterval: (query) => (query.state.data && isGoing(query.state.data) ? 3_000 : false),
  });

export const usePeople = (enabled = true) =>
  useQuery({
    queryKey: ["people"],
    queryFn: () => taken<Page<Person>>(api.GET("/api/v1/people", { params: { query: { limit: PAGE_ROWS } } })),
    enabled,
  });

export const useSessions = (mine: boolean) =>
  useQuery({
    queryKey: ["sessions", mine],
    queryFn: () => taken<Page<SessionRow>>(api.GET("/api/v1/sessions", { params: { query: { mine, limit: PAGE_ROWS } } })),
  });

/** One's own live conversations; asked again by notices, and in case one was missed. */
export const useDesk = () =>
  useQuery({ queryKey: ["desk"], queryFn: () => taken(api.GET("/api/v1/live")), refetchInterval: 10_000, staleTime: 0 });

export const useCard = (customer: string) =>
  useQuery({
    queryKey: ["card", customer],
    queryFn: () => taken(api.GET("/api/v1/customers/{customer}", { params: { path: { customer } } })),
    gcTime: 0,
    retry: false,
  });

export const useDevices = (mine: boolean) =>
  useQuery({
    queryKey: ["devices", mine],
    queryFn: () => taken(api.GET("/api/v1/devices", { params: { query: { mine, limit: PAGE_ROWS } } })),
  });

export const useAlarms = (unseen: boolean) =>
  useQuery({
    queryKey: ["alarms", unseen],
    queryFn: () => taken(api.GET("/api/v1/alarms", { params: { query: { unseen, limit: PAGE_ROWS } } })),
    staleTime: 0,
  });

export const usePolicy = () => useQuery({ queryKey: ["policy"], queryFn: () => taken(api.GET("/api/v1/policy")) });

export const useStatus = () =>
  useQuery({ queryKey: ["status"], queryFn: () => taken<Status>(api.GET("/api/v1/status")), refetchInterval: 30_000 });
