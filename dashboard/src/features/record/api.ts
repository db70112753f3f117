/** What past signals were worth. */

import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Told } from "@/api/client";

export type Review = Told<"ReviewShown">;
export type Strategy = Told<"StrategyFiguresShown">;
export type Horizon = Told<"HorizonShown">;
export type Rate = Told<"RateShown">;
export type Estimate = Told<"EstimateShown">;
export type Bucket = Told<"BucketShown">;
export type Calibration = Told<"CalibrationShown">;

/** @param backfilled Judges the backfilled history instead of what people were shown live. */
export const reviewQuery = (backfilled: boolean, symbol: string | null) =>
  queryOptions({
    queryKey: ["outcomes", backfilled, symbol],
    meta: { topics: backfilled ? [] : ["outcomes"] },
    // It takes the server seconds, and changes once a day.
    staleTime: 10 * 60_000,
    queryFn: ({ signal }) =>
      ask(
        api.GET("/api/v1/outcomes", {
          params: { query: { backfilled, ...(symbol ? { symbol } : {}) } },
          signal,
        }),
      ),
  });

/** The least windows that give a number; docs/outcomes.md. */
export const FEWEST = 30;

/** What an interval says of a coin: a sentence, never a bare percentage. */
export function verdictOf(rate: Rate): string {
  if (rate.low == null || rate.high == null)
    return `too few (${rate.windows} of ${FEWEST} windows)`;
  if (rate.low > 0.5) return "better than a coin";
  if (rate.high < 0.5) return "worse than a coin";
  return "no better than a coin";
}
