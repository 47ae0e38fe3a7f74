import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { ErrorState } from "./ErrorState";
import { Loading } from "./Loading";

type Props<T> = { query: UseQueryResult<T>; children: (data: T) => ReactNode };

/** What a query is at: on its way, refused, or here. */
export function Listed<T>({ query, children }: Props<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return <Loading />;
}
