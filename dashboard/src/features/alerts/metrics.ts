/** What rules look at, and how its values are written. */

import { signed, words } from "@/design/format";
import type { Definition } from "./api";

export interface Metric {
  name: string;
  /** What it is, as people say it. */
  about: string;
  /** What its value is counted in. */
  unit: string;
  /** Of one alone. */
  one?: string;
  digits: number;
  /** Written with its sign, as what may rise and fall is. */
  signed?: true;
  /** Looks back over a window. */
  window?: true;
  /** About the watch itself, and not about symbols. */
  pipeline?: true;
  /** A threshold as an example. */
  example: string;
}

/** The metrics, as docs/alerts.md has them. */
export const METRICS: readonly Metric[] = [
  {
    name: "price_change_pct",
    about: "Price change",
    unit: "%",
    digits: 2,
    signed: true,
    window: true,
    example: "2",
  },
  {
    name: "price_change_atr",
    about: "Price change in average true ranges",
    unit: "ATR",
    digits: 1,
    signed: true,
    window: true,
    example: "4",
  },
  {
    name: "drawdown_pct",
    about: "Fall from the highest close",
    unit: "%",
    digits: 1,
    window: true,
    example: "20",
  },
  {
    name: "volume_ratio",
    about: "Volume against its usual",
    unit: "×",
    digits: 1,
    example: "3",
  },
  {
    name: "score",
    about: "Score of the signal",
    unit: "",
    digits: 2,
    signed: true,
    example: "0.5",
  },
  { name: "action", about: "Action of the signal", unit: "", digits: 0, example: "" },
  {
    name: "sentiment",
    about: "Tone of the news",
    unit: "",
    digits: 2,
    signed: true,
    example: "0.4",
  },
  {
    name: "stories",
    about: "Stories in the news",
    unit: "stories",
    one: "story",
    digits: 0,
    window: true,
    example: "5",
  },
  {
    name: "staleness_minutes",
    about: "Age of the newest bar",
    unit: "min",
    digits: 0,
    example: "60",
  },
  {
    name: "lateness_minutes",
    about: "Lateness of the watch itself",
    unit: "min",
    digits: 0,
    pipeline: true,
    example: "45",
  },
  {
    name: "failed_runs",
    about: "Failed runs in a row",
    unit: "runs",
    one: "run",
    digits: 0,
    pipeline: true,
    example: "1",
  },
  {
    name: "quota_left_pct",
    about: "Quota that is left",
    unit: "%",
    digits: 0,
    pipeline: true,
    example: "10",
  },
];

/** The metric by its name in a definition. */
export function metricOf(name: unknown): Metric | undefined {
  return METRICS.find((one) => one.name === name);
}

const ACTIONS = ["strong_sell", "sell", "hold", "buy", "strong_buy"] as const;

/** The action that a value stands for: −2 is a strong sell, 2 a strong buy. */
export function actionOf(value: number): string {
  return ACTIONS[Math.max(0, Math.min(4, Math.round(value) + 2))] ?? "hold";
}

/** A value of the metric with its unit: `−2.31 %`. */
export function figure(metric: Metric, value: number): string {
  const written = metric.signed
    ? signed(value, metric.digits)
    : value.toLocaleString(undefined, { maximumFractionDigits: metric.digits });
  return withUnit(metric, value, written);
}

function withUnit(metric: Metric, value: number, written: string): string {
  const unit = (value === 1 && metric.one) || metric.unit;
  return unit ? `${written} ${unit}` : written;
}

/** A threshold, in the digits in which it was written: `−2 %`. */
function threshold(metric: Metric, value: number): string {
  const written = value.toLocaleString(undefined, {
    maximumFractionDigits: 6,
    signDisplay: metric.signed ? "exceptZero" : "auto",
  });
  return withUnit(metric, value, written.replace("-", "−"));
}

/** Where an alert begins and ends, as numbers; null where the rule has no threshold. */
export interface Bounds {
  above: boolean;
  threshold: number;
  clear: number;
}

/** The thresholds of a definition. */
export function boundsOf(definition: Definition): Bounds | null {
  const above = typeof definition.above === "number";
  const threshold = above ? definition.above : definition.below;
  if (typeof threshold !== "number") return null;
  const { clear } = definition;
  return { above, threshold, clear: typeof clear === "number" ? clear : threshold };
}

/** What a rule waits for, in few words: `below −2 %`, `buy or strong buy`. */
export function condition(definition: Definition): string {
  const metric = metricOf(definition.metric);
  if (metric?.name === "action") {
    const { to } = definition;
    return Array.isArray(to) ? to.map((one) => words(String(one))).join(" or ") : "any change";
  }
  const bounds = boundsOf(definition);
  if (!metric || !bounds) return "";
  return `${bounds.above ? "above" : "below"} ${threshold(metric, bounds.threshold)}`;
}
