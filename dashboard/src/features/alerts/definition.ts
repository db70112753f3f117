/** A rule between the form and the server: what is left empty is not said. */

import type { Definition } from "./api";

export interface Metric {
  name: string;
  about: string;
  unit: string;
  /** Whether it looks back over a window. */
  window?: true;
  /** Whether it is about the watch itself, and not about symbols. */
  pipeline?: true;
}

/** The metrics, as docs/alerts.md has them. */
export const METRICS: readonly Metric[] = [
  { name: "price_change_pct", about: "price change", unit: "%", window: true },
  { name: "price_change_atr", about: "price change in true ranges", unit: "ATR", window: true },
  { name: "drawdown_pct", about: "fall from the highest close", unit: "%", window: true },
  { name: "volume_ratio", about: "volume against its usual", unit: "×" },
  { name: "score", about: "score of the signal", unit: "−1 … 1" },
  { name: "action", about: "action of the signal", unit: "" },
  { name: "sentiment", about: "tone of the news", unit: "−1 … 1" },
  { name: "stories", about: "stories in the news", unit: "", window: true },
  { name: "staleness_minutes", about: "age of the newest bar", unit: "min" },
  { name: "lateness_minutes", about: "lateness of the watch itself", unit: "min", pipeline: true },
  { name: "failed_runs", about: "failed runs in a row", unit: "", pipeline: true },
  { name: "quota_left_pct", about: "quota that is left", unit: "%", pipeline: true },
];

export interface Draft {
  name: string;
  metric: string;
  direction: "above" | "below";
  threshold: string;
  clear: string;
  to: string[];
  window: string;
  for: string;
  symbols: string;
  severity: string;
  notify: string[];
  repeat: string;
  most_per_day: string;
  note: string;
  enabled: boolean;
}

export const EMPTY: Draft = {
  name: "",
  metric: "price_change_pct",
  direction: "above",
  threshold: "",
  clear: "",
  to: [],
  window: "2h",
  for: "",
  symbols: "",
  severity: "warning",
  notify: [],
  repeat: "",
  most_per_day: "",
  note: "",
  enabled: true,
};

const text = (value: unknown): string => (value == null ? "" : String(value));
const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : value == null ? [] : [String(value)];

/** A stored rule as the form shows it. */
export function draftOf(name: string, told: Definition): Draft {
  const direction = told.below == null ? "above" : "below";
  return {
    name,
    metric: text(told.metric),
    direction,
    threshold: text(told[direction]),
    clear: text(told.clear),
    to: list(told.to),
    window: text(told.window),
    for: text(told.for),
    symbols: list(told.symbols)
      .filter((one) => one !== "all")
      .join(", "),
    severity: text(told.severity) || "warning",
    notify: list(told.notify),
    repeat: text(told.repeat),
    most_per_day: text(told.most_per_day),
    note: text(told.note),
    enabled: told.enabled !== false,
  };
}

/** A number where it is one; else the text, for the server to say what is wrong with it. */
function number(written: string): number | string {
  const value = Number(written.replace(",", "."));
  return Number.isFinite(value) ? value : written;
}

/**
 * What the form says, in the keys of a rule.
 *
 * @param before The stored rule; its keys that the form does not know stay.
 */
export function definitionOf(draft: Draft, before: Definition = {}): Definition {
  const metric = METRICS.find((one) => one.name === draft.metric);
  const action = draft.metric === "action";
  const symbols = draft.symbols.split(/[\s,]+/).filter(Boolean);
  const said: Definition = {
    metric: draft.metric,
    above:
      action || draft.direction !== "above" || !draft.threshold ? null : number(draft.threshold),
    below:
      action || draft.direction !== "below" || !draft.threshold ? null : number(draft.threshold),
    clear: action || !draft.clear ? null : number(draft.clear),
    to: action ? (draft.to.includes("any") ? "any" : draft.to) : null,
    window: metric?.window && draft.window ? draft.window : null,
    for: draft.for || null,
    symbols: metric?.pipeline || symbols.length === 0 ? null : symbols,
    severity: draft.severity,
    notify: draft.notify,
    repeat: draft.repeat || null,
    most_per_day: draft.most_per_day ? number(draft.most_per_day) : null,
    note: draft.note || null,
    enabled: draft.enabled ? null : false,
  };
  const all = { ...before, ...said };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}
