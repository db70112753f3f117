/** What the record asks of backtests. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask, type Told } from "@/api/client";

export type Glance = Told<"BacktestGlance">;
export type Backtest = Told<"BacktestShown">;
export type Figures = Told<"AccountFiguresShown">;
export type Stretch = Told<"StretchShown">;

/** They are made once a week, or by hand. */
const STALE_MS = 5 * 60_000;

export const backtestsQuery = queryOptions({
  queryKey: ["backtests"],
  staleTime: STALE_MS,
  queryFn: ({ signal }) => ask(api.GET("/api/v1/backtests", { signal })),
});

export const backtestQuery = (number: number) =>
  queryOptions({
    queryKey: ["backtests", number],
    staleTime: STALE_MS,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/backtests/{number}", { params: { path: { number } }, signal })),
  });
