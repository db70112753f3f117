/** What several pages ask. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask, withLists } from "./client";
import { PAST } from "./queries";

const GLANCED = ["bars", "news", "sentiment", "signals", "slots", "watchlist", "alerts"] as const;

/** A line a symbol: price, signal, sentiment, freshness; now, or as of a past slot. */
export const overviewQuery = (at: string | null) =>
  queryOptions({
    queryKey: ["overview", at],
    // Of the past, what was shown stays until the next slot is there.
    ...(at === null
      ? { meta: { topics: GLANCED } }
      : { ...PAST, placeholderData: keepPreviousData }),
    queryFn: ({ signal }) => {
      const query = at === null ? {} : { at };
      return withLists(
        ask(api.GET("/api/v1/overview", { params: { query }, signal })),
        "symbols",
        "markets",
      );
    },
  });

/** The alerts that are open, or were at a past slot, the newest first. */
export const openAlertsAtQuery = (at: string | null) =>
  at === null
    ? openAlertsQuery
    : queryOptions({
        queryKey: ["alerts", "open", at],
        ...PAST,
        placeholderData: keepPreviousData,
        queryFn: ({ signal }) => askOpenAlerts({ at }, signal),
      });

/** The alerts that are open, the newest first. */
export const openAlertsQuery = queryOptions({
  queryKey: ["alerts", "open"],
  meta: { topics: ["alerts", "silences"] },
  queryFn: ({ signal }) => askOpenAlerts({}, signal),
});

function askOpenAlerts(of: { at?: string }, signal: AbortSignal) {
  const query = { state: "open", limit: 100, ...of } as const;
  return withLists(ask(api.GET("/api/v1/alerts", { params: { query }, signal })), "items");
}

/** The strategies that ever made signals; the primary one first. */
export const strategiesQuery = queryOptions({
  queryKey: ["strategies"],
  meta: { topics: ["signals"] },
  queryFn: ({ signal }) => withLists(ask(api.GET("/api/v1/strategies", { signal }))),
});
