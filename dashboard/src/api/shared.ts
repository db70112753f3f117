/** What several pages ask. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask, unreadable } from "./client";
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
    queryFn: async ({ signal }) => {
      const query = at === null ? {} : { at };
      const told = await ask(api.GET("/api/v1/overview", { params: { query }, signal }));
      // What stands around every page rests on it.
      if (Array.isArray(told.symbols) && Array.isArray(told.markets)) return told;
      throw unreadable();
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

async function askOpenAlerts(of: { at?: string }, signal: AbortSignal) {
  const query = { state: "open", limit: 100, ...of } as const;
  const told = await ask(api.GET("/api/v1/alerts", { params: { query }, signal }));
  if (Array.isArray(told.items)) return told;
  throw unreadable();
}

/** The strategies that ever made signals; the primary one first. */
export const strategiesQuery = queryOptions({
  queryKey: ["strategies"],
  meta: { topics: ["signals"] },
  queryFn: ({ signal }) => ask(api.GET("/api/v1/strategies", { signal })),
});
