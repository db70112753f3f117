/** What the figures of a review say, in numbers and in words. Pure. */

import { share, signed } from "@/design/format";
import type { Estimate, Horizon, Rate } from "./api";

/** Fewer windows of time than this give no number; docs/outcomes.md. */
export const ENOUGH = 30;
const EVEN = 0.5;
const OWN_RULE = "the strategy's buys and sells";

/** A share with its interval. */
export interface Range {
  low: number;
  value: number;
  high: number;
}

/** The points with what an error bar is drawn by: how far it reaches down, and up. */
export function reaching<Point extends Range>(points: readonly Point[]) {
  return points.map((point) => ({
    ...point,
    reach: [point.value - point.low, point.high - point.value],
  }));
}

/** The share of a rate with its interval; null where too few windows carry it. */
export function rangeOf(rate: Rate): Range | null {
  if (rate.windows < ENOUGH || rate.low === null || rate.high === null || !rate.count) return null;
  return { low: rate.low, value: rate.hits / rate.count, high: rate.high };
}

/** A mean with its 95 % interval; null where too few observations carry it. */
export function spanOf(estimate: Estimate): Range | null {
  const { mean, t, independent, verdict } = estimate;
  if (verdict === "too few" || mean === null) return null;
  if (t === null || t === 0) return { low: mean, value: mean, high: mean };
  const reach = Math.abs(mean / t) * quantile(Math.max(independent - 1, 1));
  return { low: mean - reach, value: mean, high: mean + reach };
}

/** Student's t at 97.5 %, by Cornish and Fisher's expansion; right to the third digit from 20 on. */
function quantile(freedom: number): number {
  const z = 1.959964;
  return (
    z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
  );
}

/** `47.9 % to 53.0 %`. */
export function interval(range: Range): string {
  return `${share(range.low, 1)} to ${share(range.high, 1)}`;
}

/** Why there is no number: `too few: 4 of 30 windows`. */
export function tooFew(windows: number): string {
  return windows === 0 ? "none yet" : `too few: ${windows} of ${ENOUGH} windows`;
}

/** Why an estimate has no number. */
export function tooFewSlots(estimate: Estimate): string {
  return estimate.independent === 0 ? "none yet" : `too few: ${estimate.independent} of ${ENOUGH}`;
}

/** The rules that need no skill. */
export function naiveRules(horizon: Horizon) {
  return horizon.rules.filter((rule) => rule.name !== OWN_RULE);
}

export type Edge = "too few" | "none" | "below" | "above" | "above all";

/** Whether the hits of the score's sign are more than chance and more than a naive rule has. */
export function edgeOf(horizon: Horizon): Edge {
  const range = rangeOf(horizon.sign);
  if (!range) return "too few";
  if (range.high < EVEN) return "below";
  if (range.low <= EVEN) return "none";
  const best = Math.max(...naiveRules(horizon).map((rule) => rangeOf(rule.hit_rate)?.value ?? 0));
  return range.low > best ? "above all" : "above";
}

export const EDGES: Record<Edge, string> = {
  "too few": "Too few yet",
  none: "No edge shown",
  below: "Below 50 %",
  above: "Above 50 %",
  "above all": "Above every naive rule",
};

/** The verdict in a sentence that leaves no doubt. */
export function verdictOf(horizon: Horizon): string {
  const range = rangeOf(horizon.sign);
  const edge = edgeOf(horizon);
  if (!range) {
    return `${EDGES[edge]}: ${horizon.sign.windows} of the ${ENOUGH} windows of time that a number needs.`;
  }
  const hits = `the price went the score’s way in ${interval(range)} of cases`;
  if (edge === "none") return `No edge shown: ${hits}, and that holds 50 %, as of a coin.`;
  if (edge === "below") return `Below 50 %: ${hits}, less often than a coin.`;
  if (edge === "above") {
    return `Above 50 %: ${hits}. A rule that needs no skill does about as well, so it is no edge by itself.`;
  }
  return `Above 50 % and above every rule that needs no skill: ${hits}. Costs are not taken off.`;
}

/** `+0.018 (t +0.9)`. */
export function coefficient(estimate: Estimate): string {
  return `${signed(estimate.mean, 3)} (t ${signed(estimate.t, 1)})`;
}

/** `1 bar after`. */
export function after(horizon: string): string {
  return `${horizon} after`;
}
