/** What the URL says of the page: range, interval, chart, strategy, story. */

import { useMemo } from "react";
import { oneOf, type SetParams, useParamsHeld } from "@/frame/params";

const DAY_MS = 86_400_000;

export const RANGES = ["1d", "5d", "1m", "3m", "1y", "all"] as const;
export type Range = (typeof RANGES)[number];

export const CHARTS = ["candles", "line"] as const;
export type ChartKind = (typeof CHARTS)[number];

export const INTERVALS = ["30m", "1d"] as const;
export type Interval = (typeof INTERVALS)[number];

export interface Choices {
  range: Range;
  /** Of the bars; half hours up to a month, days beyond, where the URL names none. */
  interval: Interval;
  chart: ChartKind;
  /** A strategy's label; null for the primary one. */
  strategy: string | null;
  /** The story whose articles alone are listed. */
  story: number | null;
  /** Outcomes of the backfilled history in place of the live signals. */
  backfilled: boolean;
}

const DEFAULTS = { range: "5d", chart: "candles" } as const;

function usual(range: Range): Interval {
  return range === "3m" || range === "1y" || range === "all" ? "1d" : "30m";
}

export function choicesOf(search: URLSearchParams): Choices {
  const range = oneOf(search.get("range"), RANGES) ?? DEFAULTS.range;
  const story = Number(search.get("story") ?? Number.NaN);
  const strategy = search.get("strategy");
  return {
    range,
    interval: oneOf(search.get("interval"), INTERVALS) ?? usual(range),
    chart: oneOf(search.get("chart"), CHARTS) ?? DEFAULTS.chart,
    strategy: strategy && /^[a-z0-9][a-z0-9_-]{0,59}$/.test(strategy) ? strategy : null,
    story: Number.isSafeInteger(story) && story > 0 ? story : null,
    backfilled: search.get("outcomes") === "backfilled",
  };
}

type Param = "range" | "interval" | "chart" | "strategy" | "story" | "outcomes";

/** The choices, and how to change some of them; null leaves one to what is usual. */
export function useChoices(): [Choices, SetParams<Param>] {
  const [search, choose] = useParamsHeld<Param>();
  const choices = useMemo(() => choicesOf(search), [search]);
  return [choices, choose];
}

const DAYS: Readonly<Record<Range, number | null>> = {
  "1d": 1,
  "5d": 7,
  "1m": 31,
  "3m": 92,
  "1y": 366,
  all: null,
};

/** What is shown of time: up to `end` (the present where null), from so many days before. */
export interface Span {
  end: string | null;
  days: number | null;
}

/** After so long without a price, the range ends with the last one, not with the present. */
const QUIET_MS = 3 * 3_600_000;

/**
 * The span of a range. After hours and on Sundays it ends with the last session.
 *
 * @param at The past slot that is looked at.
 * @param pricedAt When the last price was made.
 * @param neverCloses Whether the exchange trades all day, so that five days hold five sessions.
 */
export function spanOf(
  range: Range,
  at: string | null,
  pricedAt: string | null,
  neverCloses: boolean,
  now: number,
): Span {
  const days = range === "5d" && neverCloses ? 5 : DAYS[range];
  const until = at === null ? now : Date.parse(at);
  const quiet = pricedAt !== null && until - Date.parse(pricedAt) > QUIET_MS;
  return { end: quiet ? pricedAt : at, days };
}

/** Where a span begins, on the half-hour grid, so that it moves in the steps that bars do. */
export function beginOf({ end, days }: Span, now: number): string {
  // The API wants a beginning; nothing is older than this.
  if (days === null) return "2000-01-01T00:00:00Z";
  const until = end === null ? now : Date.parse(end);
  const grid = days > 31 ? DAY_MS : 1_800_000;
  return new Date(Math.floor((until - days * DAY_MS) / grid) * grid).toISOString();
}

/** Of so many pixels, so many points: rounded, so that a narrower window asks nothing anew. */
export function pointsFor(width: number, pixelsEach: number): number {
  return Math.max(Math.floor(width / pixelsEach / 50) * 50, 50);
}
