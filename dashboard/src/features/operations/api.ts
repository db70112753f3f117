/** What the operations page asks, and what can be asked for there. */

import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, ask, type Told, unreadable, withLists } from "@/api/client";
import { nowMs } from "@/api/clock";
import { PAST } from "@/api/queries";

export const ASSETS = [
  "market_bars",
  "news_articles",
  "article_sentiment",
  "trading_signals",
] as const;
export type Asset = (typeof ASSETS)[number];
export type SlotShown = Told<"SlotShown">;
export type FreshnessTold = Told<"Freshness">;
export type RunShown = Told<"RunShown">;
export type Quota = Told<"Quota">;
export type Readiness = Told<"Readiness">;
export type CallState = Told<"CallTold">["state"];

/** What no announcement tells is asked for as often while somebody looks. */
const LOOK_MS = 15_000;
/** A run that was just asked for is watched more closely. */
const WATCH_MS = 2_000;
/** As many as the API gives at once: ten days of an asset. */
const MOST = 500;
const DAY_MS = 24 * 60 * 60_000;
const ENDED = new Set(["success", "failure", "canceled"]);

/** Whether a run or a step is over, one way or the other. */
export const ended = (status: string): boolean => ENDED.has(status);

/** The first instant of the oldest of so many UTC days; the slot at midnight ends the day before. */
export function firstOf(days: number, end: Date): Date {
  const midnight = Math.floor((end.getTime() - 1) / DAY_MS) * DAY_MS;
  return new Date(midnight - (days - 1) * DAY_MS);
}

/** What is recorded of the last days' slots, an asset a request; now, or up to a past slot. */
export const slotsQuery = (days: number, at: string | null) =>
  queryOptions({
    queryKey: ["operations", "slots", days, at],
    ...(at === null ? { meta: { topics: ["slots"] as const } } : PAST),
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<SlotShown[]> => {
      const end = new Date(at ?? nowMs());
      const from = firstOf(days, end).toISOString();
      // `to` is not included itself, and the past slot is.
      const until = at === null ? {} : { to: new Date(end.getTime() + 1_000).toISOString() };
      const pages = await Promise.all(
        ASSETS.map((asset) =>
          withLists(
            ask(
              api.GET("/api/v1/slots", {
                params: { query: { asset, from, ...until, limit: MOST } },
                signal,
              }),
            ),
            "items",
          ),
        ),
      );
      return pages.flatMap((page) => page.items);
    },
  });

/** How fresh everything is. That a tick did not come is announced by nobody, so it is asked. */
export const freshnessQuery = queryOptions({
  queryKey: ["operations", "freshness"],
  meta: { topics: ["slots"] },
  refetchInterval: 4 * LOOK_MS,
  queryFn: ({ signal }) =>
    withLists(ask(api.GET("/api/v1/freshness", { signal })), "assets", "lacking", "missing_days"),
});

/** The runs, the newest first. */
export const runsQuery = infiniteQueryOptions({
  queryKey: ["operations", "runs"],
  meta: { topics: ["slots"] },
  refetchInterval: LOOK_MS,
  initialPageParam: null as string | null,
  getNextPageParam: (page: Told<"Page_RunShown_">) => page.next ?? null,
  queryFn: ({ signal, pageParam: cursor }) =>
    withLists(
      ask(
        api.GET("/api/v1/runs", {
          params: { query: { limit: 50, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
      "items",
    ),
});

/** One run with its steps; asked again until it has ended. */
export const runQuery = (runId: string) =>
  queryOptions<RunShown>({
    queryKey: ["operations", "run", runId],
    refetchInterval: ({ state: { data } }) => (data && ended(data.status) ? false : WATCH_MS),
    queryFn: ({ signal }): Promise<RunShown> =>
      ask(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: runId } }, signal })),
  });

/** How every provider stands in its vendor's day. */
export const quotasQuery = queryOptions({
  queryKey: ["operations", "quotas"],
  meta: { topics: ["bars", "news", "sentiment"] },
  refetchInterval: 2 * LOOK_MS,
  queryFn: ({ signal }) => withLists(ask(api.GET("/api/v1/quotas", { signal })), "providers"),
});

/** What was paid, a row a day, provider and purpose; up to now, or to a past slot's day. */
export const costsQuery = (at: string | null) =>
  queryOptions({
    queryKey: ["operations", "costs", at?.slice(0, 10) ?? null],
    meta: at === null ? { topics: ["sentiment", "deliveries"] as const } : {},
    queryFn: ({ signal }) =>
      withLists(
        ask(
          api.GET("/api/v1/costs", {
            params: { query: at === null ? {} : { to: at.slice(0, 10) } },
            signal,
          }),
        ),
        "items",
      ),
  });

/** Each call to a vendor, the newest first. */
export const callsQuery = (provider: string | null, state: CallState | null) =>
  infiniteQueryOptions({
    queryKey: ["operations", "calls", provider, state],
    meta: { topics: ["bars", "news", "sentiment"] },
    placeholderData: keepPreviousData,
    initialPageParam: null as string | null,
    getNextPageParam: (page: Told<"Page_CallTold_">) => page.next ?? null,
    queryFn: ({ signal, pageParam: cursor }) =>
      ask(
        api.GET("/api/v1/calls", {
          params: {
            query: {
              limit: 50,
              ...(provider ? { provider } : {}),
              ...(state ? { state } : {}),
              ...(cursor ? { cursor } : {}),
            },
          },
          signal,
        }),
      ),
  });

/** What runs, and the database. Asked while somebody looks; a hidden tab asks nothing. */
export const clusterQuery = queryOptions({
  queryKey: ["operations", "cluster"],
  refetchInterval: LOOK_MS,
  queryFn: async ({ signal }) => {
    const told = await ask(api.GET("/api/v1/cluster", { signal }));
    if (Array.isArray(told.running?.resources)) return told;
    throw unreadable();
  },
});

/** How the API says it is. That it is not ready is its answer and no failure of asking. */
export const readinessQuery = queryOptions({
  queryKey: ["operations", "readiness"],
  refetchInterval: LOOK_MS,
  queryFn: async ({ signal }): Promise<Readiness> => {
    const told: unknown = await ask(api.GET("/readyz", { signal }), [503]);
    if (isReadiness(told)) return told;
    throw unreadable();
  },
});

function isReadiness(told: unknown): told is Readiness {
  const status = (told as { status?: unknown } | null | undefined)?.status;
  return status === "ready" || status === "degraded" || status === "not ready";
}

function useRunsChanged() {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: runsQuery.queryKey });
}

/** Asks for the run of a slot; null is the newest that may have bars. */
export function useTick() {
  const changed = useRunsChanged();
  return useMutation({
    meta: { toldByPage: true },
    mutationFn: (slotAt: string | null) =>
      ask(api.POST("/api/v1/ticks", { body: { slot_at: slotAt } })),
    onSuccess: changed,
  });
}

/** Asks for the runs of days that lack something. */
export function useBackfill() {
  const changed = useRunsChanged();
  return useMutation({
    meta: { toldByPage: true },
    mutationFn: (wanted: Told<"BackfillWanted">) =>
      ask(api.POST("/api/v1/backfills", { body: wanted })),
    onSuccess: changed,
  });
}
