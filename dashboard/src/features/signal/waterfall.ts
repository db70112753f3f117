/** The geometry of the waterfall: running totals on an axis that all its rows share. */

import type { Sum } from "./sums";

export interface Axis {
  low: number;
  high: number;
  /** A score's place on the axis, from 0 to 1000. */
  x: (score: number) => number;
}

/** How wide the axis' units are. */
export const WIDTH = 1000;

/** An axis from a little before the least running total to a little beyond the greatest. */
export function axisOf(sum: Sum, marks: readonly number[]): Axis {
  const reached = [0, sum.total, ...sum.parts.flatMap((one) => [one.from, one.to])];
  const [least, most] = [Math.min(...reached), Math.max(...reached)];
  const span = Math.max(most - least, 0.1);
  // A threshold that lies near is worth seeing.
  const near = marks.filter((mark) => mark > least - span / 3 && mark < most + span / 3);
  const low = Math.max(-1, Math.min(least, ...near) - span * 0.06);
  const high = Math.min(1, Math.max(most, ...near) + span * 0.06);
  return { low, high, x: (score) => ((score - low) / (high - low)) * WIDTH };
}

/** Round scores for the axis, a handful of them. */
export function ticksOf({ low, high }: Axis): number[] {
  const step = [0.02, 0.05, 0.1, 0.2, 0.5].find((one) => (high - low) / one <= 6) ?? 0.5;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, n) => ((first + n) * step * 1e6) / 1e6);
}
