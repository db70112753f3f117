/** What the URL asks the overview for: which symbols, in which order, as cards or as a table. */

import type { Glance } from "./api";

export const SORTS = {
  symbol: "Symbol",
  change: "Change",
  score: "Score",
  confidence: "Confidence",
  alerts: "Alerts",
  age: "Age",
} as const;
export type Sort = keyof typeof SORTS;

export const ACTIONS = ["strong_buy", "buy", "hold", "sell", "strong_sell"] as const;
export type Action = (typeof ACTIONS)[number];

export const ONLY = {
  all: "All symbols",
  changed: "Action changed",
  alerts: "With open alerts",
  stale: "Stale",
} as const;
export type Only = keyof typeof ONLY;

export interface Wish {
  sort: Sort;
  /** Whether what is usually first comes last. */
  reversed: boolean;
  action: Action | null;
  tag: string | null;
  text: string;
  only: Only;
  view: "cards" | "table";
}

/** What the URL calls each part of a wish. */
export type Part = "sort" | "order" | "action" | "tag" | "q" | "only" | "view";

/** What narrows the list; how it is sorted and shown stays without them. */
export const FILTERS: readonly Part[] = ["action", "tag", "q", "only"];

function isOf<Choices extends object>(choices: Choices, said: string | null): said is string {
  return said !== null && Object.hasOwn(choices, said);
}

/** What the URL asks for; what it says wrong counts as not said. */
export function wishOf(search: URLSearchParams): Wish {
  const sort = search.get("sort");
  const only = search.get("only");
  const action = search.get("action");
  return {
    sort: isOf(SORTS, sort) ? (sort as Sort) : "symbol",
    reversed: search.get("order") === "reversed",
    action: ACTIONS.find((one) => one === action) ?? null,
    tag: search.get("tag") || null,
    text: search.get("q") ?? "",
    only: isOf(ONLY, only) ? (only as Only) : "all",
    view: search.get("view") === "table" ? "table" : "cards",
  };
}

/** The URL's part with other choices; what is empty is left out, and the rest stays. */
export function withChoices(
  search: URLSearchParams,
  choices: Partial<Record<Part, string>>,
): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [part, value] of Object.entries(choices)) {
    if (value) next.set(part, value);
    else next.delete(part);
  }
  return next;
}

/** Whether the signal asks for something else than the one before. */
export function turned({ signal }: Glance): boolean {
  return !!signal?.action_before && signal.action_before !== signal.action;
}

/** By what it is sorted, the largest first; null where there is nothing, and then it comes last. */
const KEYS: Record<Exclude<Sort, "symbol">, (glance: Glance) => number | null> = {
  change: (glance) => glance.price?.change_pct ?? null,
  score: (glance) => glance.signal?.score ?? null,
  confidence: (glance) => glance.signal?.confidence ?? null,
  alerts: (glance) => glance.open_alerts,
  age: (glance) => glance.price?.age_minutes ?? null,
};

function narrowed(glance: Glance, wish: Wish): boolean {
  if (wish.action !== null && glance.signal?.action !== wish.action) return false;
  if (wish.tag !== null && !glance.tags.includes(wish.tag)) return false;
  if (wish.only === "changed" && !turned(glance)) return false;
  if (wish.only === "alerts" && glance.open_alerts === 0) return false;
  if (wish.only === "stale" && glance.stale.length === 0) return false;
  const words = `${glance.symbol} ${glance.name} ${glance.tags.join(" ")}`.toLowerCase();
  return words.includes(wish.text.trim().toLowerCase());
}

function bySymbol(a: Glance, b: Glance): number {
  return a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0;
}

/** Those that are wished for, in the order that is wished for; equals by symbol. */
export function chosen(glances: readonly Glance[], wish: Wish): Glance[] {
  const way = wish.reversed ? -1 : 1;
  const found = glances.filter((glance) => narrowed(glance, wish));
  if (wish.sort === "symbol") return found.sort((a, b) => way * bySymbol(a, b));
  const key = KEYS[wish.sort];
  return found.sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left === right) return bySymbol(a, b);
    if (left === null) return 1;
    if (right === null) return -1;
    return way * (right - left);
  });
}
