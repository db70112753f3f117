/** The overview's words, and how it is sorted and filtered; the asking itself is `api/shared`. */

import type { Told } from "@/api/client";

export type Overview = Told<"Overview">;
export type Glance = Told<"Glance">;

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

export interface Wish {
  sort: Sort;
  action: string | null;
  text: string;
  only: "all" | "changed" | "alerts" | "stale";
}

/** What the URL asks for; what it says wrong counts as not said. */
export function wishOf(search: URLSearchParams): Wish {
  const sort = search.get("sort") ?? "symbol";
  const action = search.get("action");
  const only = search.get("only");
  return {
    sort: sort in SORTS ? (sort as Sort) : "symbol",
    action: ACTIONS.find((one) => one === action) ?? null,
    text: search.get("q") ?? "",
    only: only === "changed" || only === "alerts" || only === "stale" ? only : "all",
  };
}

/** Whether the signal asks for something else than the one before. */
export function turned({ signal }: Glance): boolean {
  return !!signal?.action_before && signal.action_before !== signal.action;
}

const KEYS: Record<Sort, (glance: Glance) => number> = {
  symbol: () => 0,
  change: (glance) => -(glance.price?.change_pct ?? Number.NEGATIVE_INFINITY),
  score: (glance) => -(glance.signal?.score ?? Number.NEGATIVE_INFINITY),
  confidence: (glance) => -(glance.signal?.confidence ?? -1),
  alerts: (glance) => -glance.open_alerts,
  age: (glance) => -(glance.price?.age_minutes ?? Number.POSITIVE_INFINITY),
};

function wanted(glance: Glance, wish: Wish): boolean {
  if (wish.action !== null && glance.signal?.action !== wish.action) return false;
  if (wish.only === "changed" && !turned(glance)) return false;
  if (wish.only === "alerts" && glance.open_alerts === 0) return false;
  if (wish.only === "stale" && glance.stale.length === 0) return false;
  const words = `${glance.symbol} ${glance.name} ${glance.tags.join(" ")}`.toLowerCase();
  return words.includes(wish.text.trim().toLowerCase());
}

/** Those that are wished for, in the order that is wished for; equals by symbol. */
export function chosen(glances: readonly Glance[], wish: Wish): Glance[] {
  const key = KEYS[wish.sort];
  return glances
    .filter((glance) => wanted(glance, wish))
    .sort((a, b) => key(a) - key(b) || (a.symbol < b.symbol ? -1 : 1));
}
