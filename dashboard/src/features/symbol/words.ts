/** Sentences and rows of the page, made of answers. */

import type { Told } from "@/api/client";
import { type BarAxis, firstBeyond } from "@/charts/axis";
import { signalPosition } from "@/charts/pricePicture";
import { inOrder } from "@/charts/series";
import { moment, percent, price } from "@/design/format";

/** A bar as a row of the table behind the chart. */
export interface BarRow {
  openedAt: string;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

export function barRows(bars: Told<"Bars">): BarRow[] {
  return bars.opened_at.map((openedAt, n) => ({
    openedAt,
    open: bars.open[n] ?? 0,
    high: bars.high[n] ?? 0,
    low: bars.low[n] ?? 0,
    close: bars.close[n] ?? 0,
    volume: bars.volume_shares[n] ?? 0,
  }));
}

/** What the price did, for who cannot see the chart. */
export function priceSentence(bars: Told<"Bars">): string {
  const { symbol, opened_at, closed_at, open, close, low, high } = bars;
  const [first, last, from, to] = [open[0], close.at(-1), opened_at[0], closed_at.at(-1)];
  if (first === undefined || last === undefined || !from || !to) return `${symbol}: no bars`;
  const change = percent((last / first - 1) * 100);
  return (
    `Price of ${symbol}, ${moment(from)} to ${moment(to)}: from ${price(first)} to ` +
    `${price(last)}, ${change}; lowest ${price(Math.min(...low))}, highest ${price(Math.max(...high))}`
  );
}

/** One signal with what its components add. */
export interface ScoreRow {
  slotAt: string;
  position: number;
  score: number;
  action: string;
  parts: Readonly<Record<string, number | null>>;
}

export function scoreRows(signals: Told<"SignalsDrawn">, axis: BarAxis): ScoreRow[] {
  return signals.slot_at.map((slotAt, n) => ({
    slotAt,
    position: signalPosition(axis, slotAt, signals.interval),
    score: signals.score[n] ?? 0,
    action: signals.action[n] ?? "",
    parts: Object.fromEntries(
      Object.entries(signals.contributions).map(([name, values]) => [name, values[n] ?? null]),
    ),
  }));
}

export function componentsOf(signals: Told<"SignalsDrawn">): string[] {
  return inOrder(Object.keys(signals.contributions));
}

/** The row that held at an instant: the last one whose stretch had begun. */
export function rowAt<Row extends { position: number }>(
  rows: readonly Row[],
  position: number,
): Row | undefined {
  const places = rows.map((row) => row.position);
  return rows[Math.max(firstBeyond(places, position + 0.5) - 1, 0)];
}

/** Where the actions of a strategy begin, of what its definition says. */
export function bandsOf(strategy: Told<"StrategyShown"> | undefined) {
  const bands = strategy?.definition?.bands;
  if (typeof bands !== "object" || bands === null) return [];
  return Object.entries(bands).flatMap(([action, band]: [string, unknown]) => {
    const enter = (band as { enter?: unknown } | null)?.enter;
    return typeof enter === "number" ? [{ action, enter }] : [];
  });
}
