/** What bars say by themselves: the figures of the components that a few of them give. */

import type { Bars, Contribution, WholeSignal } from "./api";
import { LOOK_BACK } from "./formulas";
import { same } from "./sums";

export interface Bar {
  closedAt: string;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** The columns as bars, in order of time. */
export function barsOf(bars: Bars): Bar[] {
  return bars.closed_at.map((closedAt, n) => ({
    closedAt,
    high: bars.high[n] ?? Number.NaN,
    low: bars.low[n] ?? Number.NaN,
    close: bars.close[n] ?? Number.NaN,
    volume: bars.volume_shares[n] ?? Number.NaN,
  }));
}

/** One number that goes into a figure. */
export interface Input {
  name: string;
  value: number;
  closedAt?: string;
}

/** A figure computed again from bars. */
export interface Measured {
  /** The bars of the look-back, the judged one last. */
  bars: Bar[];
  inputs: Input[];
  /** How the inputs make the figure, in words. */
  formula: string;
  figure: number;
  /** Whether it is the figure that is stored. */
  equals: boolean;
}

/**
 * The figure of a component from the bars as they are stored now; null where it takes more than
 * the last few (averages that run on, sessions compared), or where the judged bar is not the last.
 */
export function measured(
  part: Contribution,
  signal: Pick<WholeSignal, "interval" | "slot_at">,
  bars: readonly Bar[],
): Measured | null {
  const last = bars.at(-1);
  if (part.figure == null || !last) return null;
  if (Date.parse(last.closedAt) > Date.parse(signal.slot_at)) return null;
  const found = MEASURES[part.name]?.(bars, signal.interval) ?? null;
  return found && { ...found, equals: same(found.figure, part.figure) };
}

type Measure = (bars: readonly Bar[], interval: string) => Omit<Measured, "equals"> | null;

function returned(name: "momentum" | "reversal"): Measure {
  return (bars, interval) => {
    const count = LOOK_BACK[name]?.[interval];
    if (count === undefined) return null;
    const window = bars.slice(-count - 1);
    const [first, last] = [window[0], window.at(-1)];
    if (!first || !last || window.length <= count) return null;
    return {
      bars: window,
      inputs: [
        { name: "Close", value: last.close, closedAt: last.closedAt },
        { name: `Close ${count} bars earlier`, value: first.close, closedAt: first.closedAt },
      ],
      formula: "close ÷ earlier close − 1",
      figure: last.close / first.close - 1,
    };
  };
}

const BAND_BARS = 20;
const FLOW_BARS = 14;

const MEASURES: Record<string, Measure> = {
  momentum: returned("momentum"),
  reversal: returned("reversal"),
  mean_reversion: (bars) => {
    const window = bars.slice(-BAND_BARS);
    const last = window.at(-1);
    if (!last || window.length < BAND_BARS) return null;
    const closes = window.map((bar) => bar.close);
    const mean = total(closes) / BAND_BARS;
    const deviation = Math.sqrt(total(closes.map((close) => (close - mean) ** 2)) / BAND_BARS);
    if (deviation === 0) return null;
    return {
      bars: window,
      inputs: [
        { name: "Close", value: last.close, closedAt: last.closedAt },
        { name: "Mean of 20 closes", value: mean },
        { name: "Their deviation", value: deviation },
      ],
      formula: "(close − mean) ÷ deviation",
      figure: (last.close - mean) / deviation,
    };
  },
  money_flow: (bars) => {
    const window = bars.slice(-FLOW_BARS - 1);
    if (window.length <= FLOW_BARS) return null;
    let [rising, all] = [0, 0];
    window.forEach((bar, n) => {
      const before = window[n - 1];
      if (!before) return;
      const [now, then] = [typical(bar), typical(before)];
      const money = now * bar.volume;
      if (now > then) rising += money;
      if (now !== then) all += money;
    });
    if (all === 0) return null;
    return {
      bars: window,
      inputs: [
        { name: "Money while the typical price rose", value: rising },
        { name: "Money while it moved", value: all },
      ],
      formula: "100 × rising ÷ all, over 14 bars",
      figure: (100 * rising) / all,
    };
  },
};

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function typical(bar: Bar): number {
  return (bar.high + bar.low + bar.close) / 3;
}
