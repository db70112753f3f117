/** What a signal's page asks. */

import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Told, withLists } from "@/api/client";
import { PAST } from "@/api/queries";

export type WholeSignal = Told<"WholeSignal">;
export type SignalShown = Told<"SignalShown">;
export type Contribution = Told<"Contribution">;
export type ArticleBehind = Told<"ArticleBehind">;
export type Bars = Told<"Bars">;

/** Which signal; what is null is the primary strategy's, and the newest revision. */
export interface Asked {
  symbol: string;
  slotAt: string;
  strategy: string | null;
  revision: number | null;
  /** The past slot that is looked at. */
  at: string | null;
}

const DAY_MS = 24 * 3_600_000;

function days(slotAt: string, count: number): string {
  return new Date(Date.parse(slotAt) + count * DAY_MS).toISOString();
}

/**
 * A signal with everything behind it and what came of it. Of the past it is the first revision, as
 * on every page: a later one may have been made after the slot that is looked at.
 */
export const signalQuery = ({ symbol, slotAt, strategy, revision, at }: Asked) => {
  const shown = revision ?? (at === null ? null : 1);
  return queryOptions({
    queryKey: ["signal", symbol, slotAt, strategy, revision, at],
    // A revision, an outcome, an alert or the next slot may still come to it.
    ...(at === null
      ? { meta: { topics: ["signals", "outcomes", "alerts"] as const, symbols: [symbol] } }
      : PAST),
    queryFn: ({ signal }) =>
      withLists(
        ask(
          api.GET("/api/v1/instruments/{symbol}/signals/{slot_at}", {
            params: {
              path: { symbol, slot_at: slotAt },
              query: { ...(strategy ? { strategy } : {}), ...(shown ? { revision: shown } : {}) },
            },
            signal,
          }),
        ),
        "components",
        "outcomes",
        "revisions",
      ),
  });
};

/** How far the chart and the workings look back and ahead, in days, for bars of an interval. */
const REACH: Record<string, readonly [before: number, after: number]> = {
  "30m": [12, 9],
  "1d": [110, 40],
};

/** The bars up to the slot, each of them: the workings count them. */
export const barsBeforeQuery = (symbol: string, interval: string, slotAt: string) =>
  barsQuery(symbol, interval, days(slotAt, -(REACH[interval]?.[0] ?? 12)), slotAt, 2000, false);

/**
 * What happened afterwards, as far as it is known at `until`; it begins with the judged bar, so
 * that what is adjusted for a later split or dividend can be laid against it.
 */
export const barsAfterQuery = (
  symbol: string,
  interval: string,
  { from, slotAt, until }: { from: string; slotAt: string; until: string | null },
) => {
  const end = earlier(days(slotAt, REACH[interval]?.[1] ?? 9), until);
  return barsQuery(symbol, interval, from, end, 2000, until === null);
};

function barsQuery(
  symbol: string,
  interval: string,
  from: string,
  to: string,
  points: number,
  grows: boolean,
) {
  return queryOptions({
    queryKey: ["signal", "bars", symbol, interval, from, to, points],
    ...(grows ? { meta: { topics: ["bars"] as const, symbols: [symbol] } } : PAST),
    queryFn: ({ signal }) =>
      ask(
        api.GET("/api/v1/instruments/{symbol}/bars", {
          params: {
            path: { symbol },
            query: {
              interval: interval === "1d" ? "1d" : "30m",
              from,
              to,
              points,
              adjusted: "all",
            },
          },
          signal,
        }),
      ),
  });
}

/** The slots around one that has no signal, in order of time; where it has none near, the newest. */
export const nearbyQuery = ({ symbol, slotAt, strategy, at }: Asked) =>
  queryOptions({
    queryKey: ["signal", "nearby", symbol, slotAt, strategy, at],
    queryFn: async ({ signal }): Promise<string[]> => {
      const named = strategy ? { strategy } : {};
      const span = { from: days(slotAt, -5), to: earlier(days(slotAt, 5), at) };
      const around = await ask(
        api.GET("/api/v1/instruments/{symbol}/signals", {
          params: { path: { symbol }, query: { ...named, ...span, points: 1000 } },
          signal,
        }),
      );
      if (around.slot_at.length > 0) return nearest(around.slot_at, slotAt);
      const newest = await ask(
        api.GET("/api/v1/signals", {
          params: { query: { ...named, symbol, limit: 1, ...(at ? { to: at } : {}) } },
          signal,
        }),
      );
      return newest.items.map((one) => one.slot_at);
    },
  });

function earlier(one: string, other: string | null): string {
  return other !== null && Date.parse(other) < Date.parse(one) ? other : one;
}

/** An alert that began with a signal. */
export const alertQuery = (id: number) =>
  queryOptions({
    queryKey: ["signal", "alert", id],
    meta: { topics: ["alerts"] },
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/alerts/{alert_id}", { params: { path: { alert_id: id } }, signal })),
  });

const NEAREST = 2;

/** Two slots before it and two after it. */
export function nearest(slots: readonly string[], slotAt: string): string[] {
  const wanted = Date.parse(slotAt);
  const before = slots.filter((slot) => Date.parse(slot) < wanted).slice(-NEAREST);
  const after = slots.filter((slot) => Date.parse(slot) > wanted).slice(0, NEAREST);
  return [...before, ...after];
}
