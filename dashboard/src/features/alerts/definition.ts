/** A rule between the form and the server: what is left empty is not said. */

import type { Definition } from "./api";
import { METRICS, metricOf } from "./metrics";

/** What the form holds: texts as they are typed. */
export interface Draft {
  name: string;
  metric: string;
  direction: "above" | "below";
  threshold: string;
  clear: string;
  to: string[];
  window: string;
  for: string;
  clear_for: string;
  scope: "all" | "symbols" | "tags";
  symbols: string[];
  tags: string[];
  severity: string;
  notify: string[];
  repeat: string;
  most_per_day: string;
  /** Null where it is as usual for the metric. */
  resolved: boolean | null;
  no_data: boolean;
  note: string;
  enabled: boolean;
}

export const EMPTY: Draft = {
  name: "",
  metric: METRICS[0]?.name ?? "",
  direction: "above",
  threshold: "",
  clear: "",
  to: [],
  window: "2h",
  for: "",
  clear_for: "",
  scope: "all",
  symbols: [],
  tags: [],
  severity: "warning",
  notify: [],
  repeat: "",
  most_per_day: "",
  resolved: null,
  no_data: false,
  note: "",
  enabled: true,
};

const text = (value: unknown): string => (value == null ? "" : String(value));
const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : value == null ? [] : [String(value)];

/** A stored rule as the form shows it. */
export function draftOf(name: string, told: Definition): Draft {
  const direction = told.below == null ? "above" : "below";
  const symbols = list(told.symbols).filter((one) => one !== "all");
  const tags = list(told.tags);
  return {
    name,
    metric: text(told.metric),
    direction,
    threshold: text(told[direction]),
    clear: text(told.clear),
    to: list(told.to),
    window: text(told.window),
    for: text(told.for),
    clear_for: text(told.clear_for),
    scope: symbols.length ? "symbols" : tags.length ? "tags" : "all",
    symbols,
    tags,
    severity: text(told.severity) || "warning",
    notify: list(told.notify),
    repeat: text(told.repeat),
    most_per_day: text(told.most_per_day),
    resolved: typeof told.resolved === "boolean" ? told.resolved : null,
    no_data: told.no_data === true,
    note: text(told.note),
    enabled: told.enabled !== false,
  };
}

/** A number where it is one; else the text, for the server to say what is wrong with it. */
function number(written: string): number | string {
  const value = Number(written.trim().replace("−", "-").replace(",", "."));
  return Number.isFinite(value) ? value : written;
}

const given = (written: string): string | null => written.trim() || null;
const counted = (written: string) => (written.trim() ? number(written) : null);

/** Whether the rule fires at any change of the action, which has no duration. */
export function isOfChanges(draft: Pick<Draft, "metric" | "to">): boolean {
  return draft.metric === "action" && draft.to.includes("any");
}

/** Whether its end is told where nothing is said of that. */
export function usuallyTellsEnd(draft: Pick<Draft, "metric" | "to">): boolean {
  return !isOfChanges(draft);
}

/**
 * What the form says, in the keys of a rule.
 *
 * @param before The stored rule; its keys that the form does not know stay.
 */
export function definitionOf(draft: Draft, before: Definition = {}): Definition {
  const metric = metricOf(draft.metric);
  const action = draft.metric === "action";
  const changes = isOfChanges(draft);
  const scope = metric?.pipeline ? "all" : draft.scope;
  const threshold = action ? null : counted(draft.threshold);
  const resolved = draft.resolved === usuallyTellsEnd(draft) ? null : draft.resolved;
  const said: Definition = {
    metric: draft.metric,
    window: metric?.window ? given(draft.window) : null,
    above: draft.direction === "above" ? threshold : null,
    below: draft.direction === "below" ? threshold : null,
    clear: action ? null : counted(draft.clear),
    to: action && draft.to.length ? (changes ? "any" : draft.to) : null,
    for: changes ? null : given(draft.for),
    clear_for: changes ? null : given(draft.clear_for),
    // Chosen and left empty is a mistake to be told, and not all symbols.
    symbols: scope === "symbols" ? draft.symbols : null,
    tags: scope === "tags" ? draft.tags : null,
    severity: draft.severity === "warning" ? null : draft.severity,
    notify: draft.notify.length ? draft.notify : null,
    repeat: changes ? null : given(draft.repeat),
    most_per_day: counted(draft.most_per_day),
    resolved,
    no_data: draft.no_data || null,
    note: given(draft.note),
    enabled: draft.enabled ? null : false,
  };
  const known = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
  const kept = Object.entries(before).filter(([key]) => !(key in said));
  return { ...known, ...Object.fromEntries(kept) };
}

/** Whom a word of `notify` names; it may say by which way: `ben by sms`. */
export function personOf(word: string): string {
  return word.split(" by ")[0] ?? word;
}

/** Whether there is enough of it to be tried on history. */
export function isJudgeable(draft: Draft): boolean {
  return draft.metric === "action" ? draft.to.length > 0 : draft.threshold.trim() !== "";
}

/** What is typed as a name, as a name: small letters, digits, - and _. */
export function asName(typed: string): string {
  return typed
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[-_]+/, "")
    .slice(0, 40);
}

/** A definition as a file of rules has it. */
export function tomlOf(name: string, definition: Definition): string {
  const lines = Object.entries(definition).map(
    ([key, value]) => `${key} = ${JSON.stringify(value)}`,
  );
  return [`[rules.${name}]`, ...lines].join("\n").replaceAll('","', '", "');
}
