/** What the price chart is made of, from answers of the API: plain data, without a canvas. */

import type { Told } from "@/api/client";
import { type BarAxis, barAxis } from "./axis";
import { wallClock } from "./wallClock";

/** A change of the action, as it stands in the chart. */
export interface ActionMark {
  bar: number;
  /** `rise` for buys, `fall` for sells, `flat` for hold. */
  way: "rise" | "fall" | "flat";
  strong: boolean;
  action: string;
  slotAt: string;
}

/** A split or a dividend. */
export interface ExMark {
  bar: number;
  label: string;
}

export interface PricePicture {
  bars: Told<"Bars">;
  axis: BarAxis;
  /** Wall-clock seconds of each bar, ascending: how the canvas names them. */
  times: readonly number[];
  actions: readonly ActionMark[];
  exes: readonly ExMark[];
}

/** @param zone Whose clock names the bars; the viewer's where it lacks. */
export function pricePicture(
  bars: Told<"Bars">,
  signals: Told<"SignalsDrawn"> | undefined,
  exes: readonly Told<"StoredAction">[],
  zone?: string,
): PricePicture {
  const axis = barAxis(bars.opened_at, bars.closed_at);
  return {
    bars,
    axis,
    times: wallClock(bars.opened_at, zone),
    actions: signals ? actionMarks(signals, axis) : [],
    exes: exMarks(exes, axis),
  };
}

/** Where the slot of a signal lies: in the middle of the stretch that it judges. */
export function signalPosition(axis: BarAxis, slotAt: string, interval: string): number {
  const judged = interval === "1d" ? 86_400_000 : 1_800_000;
  return axis.position(Date.parse(slotAt) - Math.min(judged, axis.barMs) / 2);
}

function actionMarks(signals: Told<"SignalsDrawn">, axis: BarAxis): ActionMark[] {
  const marks = new Map<number, ActionMark>();
  signals.slot_at.forEach((slotAt, n) => {
    const action = signals.action[n];
    if (!signals.changed[n] || action === undefined) return;
    const bar = Math.round(signalPosition(axis, slotAt, signals.interval));
    if (bar < 0 || bar >= axis.count) return;
    // Of several changes within one bar, what it came to.
    marks.set(bar, {
      bar,
      action,
      slotAt,
      way: action.endsWith("buy") ? "rise" : action.endsWith("sell") ? "fall" : "flat",
      strong: action.startsWith("strong_"),
    });
  });
  return [...marks.values()].sort((a, b) => a.bar - b.bar);
}

function exMarks(exes: readonly Told<"StoredAction">[], axis: BarAxis): ExMark[] {
  return exes
    .map((ex) => ({ ex, bar: Math.round(axis.position(Date.parse(ex.ex_at) + 1)) }))
    .filter(({ bar }) => bar >= 0 && bar < axis.count)
    .map(({ ex, bar }) => ({ bar, label: exLabel(ex) }))
    .sort((a, b) => a.bar - b.bar);
}

/** A split as `2:1`, a dividend as `D 0.24`. */
export function exLabel({ kind, value }: Told<"StoredAction">): string {
  if (kind === "dividend") return `D ${value}`;
  return value >= 1 ? `${value}:1` : `1:${Math.round(1 / value)}`;
}
