/** What the symbol page asks. */

import { infiniteQueryOptions, type QueryKey, queryOptions } from "@tanstack/react-query";
import { api, ask, type Told, withLists } from "@/api/client";
import { nowMs } from "@/api/clock";
import { PAST, type Topic } from "@/api/queries";
import { beginOf, type Interval, type Span } from "./choices";

/** Whose, up to which past slot (null: the present), and by which strategy (null: the primary). */
export interface Asked {
  symbol: string;
  at: string | null;
  strategy: string | null;
}

/** Of the present it is asked again when it changes, of the past never. */
function fresh({ symbol, at }: { symbol: string; at: string | null }, topics: readonly Topic[]) {
  return at === null ? { meta: { topics, symbols: [symbol] } } : PAST;
}

/** What was shown of the same symbol stays until the other range is there. */
const sameSymbol =
  (symbol: string) =>
  <Data>(before: Data | undefined, query: { queryKey: QueryKey } | undefined): Data | undefined =>
    query?.queryKey[2] === symbol ? before : undefined;

const spanned = (span: Span) => {
  const to = span.end === null ? {} : { to: span.end };
  return { from: beginOf(span, nowMs()), ...to };
};

const byStrategy = (strategy: string | null) => (strategy === null ? {} : { strategy });

export const instrumentQuery = (symbol: string) =>
  queryOptions({
    queryKey: ["symbol", "instrument", symbol],
    meta: { topics: ["watchlist"], symbols: [symbol] },
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/instruments/{symbol}", { params: { path: { symbol } }, signal })),
  });

export const barsQuery = (asked: Asked, span: Span, interval: Interval, points: number) =>
  queryOptions({
    queryKey: ["symbol", "bars", asked.symbol, span, interval, points],
    ...fresh(asked, ["bars"]),
    placeholderData: sameSymbol(asked.symbol),
    queryFn: ({ signal }) =>
      withLists(
        ask(
          api.GET("/api/v1/instruments/{symbol}/bars", {
            params: {
              path: { symbol: asked.symbol },
              query: { ...spanned(span), interval, points, adjusted: "splits" },
            },
            signal,
          }),
        ),
        "opened_at",
        "close",
      ),
  });

/** Splits and dividends. */
export const exQuery = (symbol: string) =>
  queryOptions({
    queryKey: ["symbol", "ex", symbol],
    meta: { topics: ["bars"], symbols: [symbol] },
    queryFn: ({ signal }) =>
      ask(
        api.GET("/api/v1/instruments/{symbol}/actions", { params: { path: { symbol } }, signal }),
      ),
  });

export const seriesQuery = (asked: Asked, span: Span, points: number) =>
  queryOptions({
    queryKey: ["symbol", "series", asked.symbol, asked.strategy, asked.at, span, points],
    ...fresh(asked, ["signals"]),
    placeholderData: sameSymbol(asked.symbol),
    queryFn: ({ signal }) =>
      withLists(
        ask(
          api.GET("/api/v1/instruments/{symbol}/signals", {
            params: {
              path: { symbol: asked.symbol },
              query: {
                ...spanned(span),
                ...byStrategy(asked.strategy),
                // Of the past, what stood then and not what was computed of it later.
                ...(asked.at === null ? {} : { first: true }),
                points,
              },
            },
            signal,
          }),
        ),
        "slot_at",
        "score",
      ),
  });

/** Articles known, and signals made, up to the end of the span; at a past slot, up to that. */
export const sentimentQuery = (asked: Asked, span: Span, points: number) =>
  queryOptions({
    queryKey: ["symbol", "sentiment", asked.symbol, asked.strategy, asked.at, span, points],
    ...fresh(asked, ["sentiment", "news", "signals"]),
    placeholderData: sameSymbol(asked.symbol),
    queryFn: ({ signal }) =>
      ask(
        api.GET("/api/v1/instruments/{symbol}/sentiment", {
          params: {
            path: { symbol: asked.symbol },
            query: {
              from: beginOf(span, nowMs()),
              ...(asked.at === null ? {} : { to: asked.at }),
              ...byStrategy(asked.strategy),
              points,
            },
          },
          signal,
        }),
      ),
  });

/** The articles of the span, or of one story; the newest first, a page at a time. */
export const articlesQuery = (asked: Asked, span: Span, story: number | null) =>
  infiniteQueryOptions({
    queryKey: ["symbol", "articles", asked.symbol, asked.at, story === null ? span : null, story],
    ...fresh(asked, ["news", "sentiment"]),
    initialPageParam: null as string | null,
    getNextPageParam: (page: Told<"Page_ArticleTold_">) => page.next,
    queryFn: ({ signal, pageParam }) =>
      withLists(
        ask(
          api.GET("/api/v1/articles", {
            params: {
              query: {
                symbol: asked.symbol,
                limit: 8,
                cursor: pageParam,
                ...(story === null ? { from: beginOf(span, nowMs()) } : { story }),
                // Its end is not included; what came at that very second was known at the slot.
                ...(asked.at === null ? {} : { to: justAfter(asked.at) }),
              },
            },
            signal,
          }),
        ),
        "items",
      ),
  });

function justAfter(at: string): string {
  return new Date(Date.parse(at) + 1).toISOString();
}

/** How many signals the table shows. */
export const RECENT = 10;

export const recentSignalsQuery = (asked: Asked) =>
  queryOptions({
    queryKey: ["symbol", "recent", asked.symbol, asked.strategy, asked.at],
    ...fresh(asked, ["signals"]),
    placeholderData: sameSymbol(asked.symbol),
    queryFn: ({ signal }) =>
      withLists(
        ask(
          api.GET("/api/v1/signals", {
            params: {
              query: {
                symbol: asked.symbol,
                limit: RECENT,
                ...byStrategy(asked.strategy),
                ...(asked.at === null ? {} : { to: asked.at }),
              },
            },
            signal,
          }),
        ),
        "items",
      ),
  });

/** What became of one signal. */
export const outcomesOfQuery = (symbol: string, strategy: string, slotAt: string) =>
  queryOptions({
    queryKey: ["symbol", "outcomes-of", symbol, strategy, slotAt],
    meta: { topics: ["outcomes"], symbols: [symbol] },
    queryFn: async ({ signal }) => {
      const params = { path: { symbol, slot_at: slotAt }, query: { strategy } };
      const path = "/api/v1/instruments/{symbol}/signals/{slot_at}" as const;
      return (await ask(api.GET(path, { params, signal }))).outcomes;
    },
  });

/** Hit rates and returns of the symbol's signals; it may take seconds. */
export const reviewQuery = (asked: Asked, backfilled: boolean) =>
  queryOptions({
    queryKey: ["symbol", "review", asked.symbol, asked.strategy, asked.at, backfilled],
    ...fresh(asked, ["outcomes"]),
    placeholderData: sameSymbol(asked.symbol),
    queryFn: ({ signal }) =>
      ask(
        api.GET("/api/v1/outcomes", {
          params: {
            query: {
              symbol: asked.symbol,
              backfilled,
              ...byStrategy(asked.strategy),
              ...(asked.at === null ? {} : { to: asked.at }),
            },
          },
          signal,
        }),
      ),
  });
