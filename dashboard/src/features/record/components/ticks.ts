/** Where an axis of returns has its marks. Pure. */

import type { Range } from "../figures";

const STEPS = [1, 2, 2.5, 5, 10];

/** Even steps on both sides of 0, to beyond the farthest interval. */
export function ticksFor(points: readonly Range[]): number[] {
  const low = Math.min(0, ...points.map((point) => point.low));
  const high = Math.max(0, ...points.map((point) => point.high));
  const rough = (high - low || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((one) => one * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, n) => (first + n) * step);
}
