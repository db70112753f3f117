/** What the track record asks. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask, type Told, withLists } from "@/api/client";

export type Review = Told<"ReviewShown">;
export type Strategy = Told<"StrategyFiguresShown">;
export type Horizon = Told<"HorizonShown">;
export type Rate = Told<"RateShown">;
export type Estimate = Told<"EstimateShown">;
export type Bucket = Told<"BucketShown">;
export type Calibration = Told<"CalibrationShown">;

export const HORIZONS = ["1 bar", "1 session", "5 sessions", "21 sessions"] as const;
export type HorizonName = (typeof HORIZONS)[number];

/** What a review is of. */
export interface Asked {
  backfilled: boolean;
  symbol: string | null;
  /** Instants (UTC); null: as far as there is. */
  from: string | null;
  to: string | null;
  /** Where all at once is too much for the server: only this strategy and horizon. */
  strategy: string | null;
  horizon: HorizonName | null;
}

const HALF_HOUR_MS = 30 * 60_000;

/**
 * The review. It may take seconds to compute, so it is asked for once, and again only when
 * outcomes were settled or somebody asks.
 *
 * @param past Whether it is looked at as of a past slot: then nothing makes it old.
 */
export const reviewQuery = (asked: Asked, past: boolean) =>
  queryOptions({
    queryKey: ["outcomes", asked],
    meta: past || asked.backfilled ? {} : { topics: ["outcomes"] },
    staleTime: past ? Number.POSITIVE_INFINITY : HALF_HOUR_MS,
    gcTime: HALF_HOUR_MS,
    refetchInterval: false,
    refetchOnReconnect: false,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const { backfilled, ...limits } = asked;
      const told = Object.entries(limits).filter(([, limit]) => limit !== null);
      return withLists(
        ask(
          api.GET("/api/v1/outcomes", {
            params: { query: { backfilled, ...Object.fromEntries(told) } },
            signal,
          }),
        ),
        "strategies",
        "sentiment",
      );
    },
  });
