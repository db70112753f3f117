/** What the API tells, made up for tests. */

import type { Glance, Overview } from "./api";

export const SLOT = "2026-11-27T15:30:00Z";

/** A followed symbol at a glance; `more` is what is special about it. */
export function glance(symbol: string, more: Partial<Glance> = {}): Glance {
  return {
    symbol,
    name: `${symbol} Company`,
    mic: "XNAS",
    currency: "USD",
    tags: [],
    price: priced(100, 0),
    signal: signalled(0, "hold"),
    sentiment: null,
    stories_24h: 0,
    open_alerts: 0,
    sparkline: { from_at: "2026-11-27T14:30:00Z", to_at: SLOT, close: [99, 101, 100] },
    stale: [],
    ...more,
  };
}

export function priced(price: number, change: number, ageMinutes = 3): Glance["price"] {
  return {
    price,
    priced_at: SLOT,
    age_minutes: ageMinutes,
    source: "bar",
    provider: "simulated",
    previous_close: price / (1 + change / 100),
    change_pct: change,
  };
}

export function signalled(
  score: number,
  action: string,
  confidence = 0.5,
  before = action,
): Glance["signal"] {
  return { slot_at: SLOT, score, action, confidence, action_before: before };
}

export function overview(symbols: Glance[], at: string | null = null): Overview {
  return {
    at,
    simulated: true,
    strategy: "balanced-2",
    markets: [
      {
        mic: "XNAS",
        open: true,
        why_closed: null,
        opens_at: null,
        closes_at: null,
        time_zone: "America/New_York",
      },
    ],
    stale: symbols.filter((one) => one.stale.length > 0).length,
    symbols,
  };
}

/** Three that differ in everything by which they are sorted. */
export const THREE = [
  glance("AAPL", {
    name: "Apple Inc.",
    tags: ["core", "phones"],
    price: priced(1234.5, -2.25, 9),
    signal: signalled(-0.42, "sell", 0.9, "hold"),
    open_alerts: 2,
    stories_24h: 1,
    sentiment: { score: -0.6, label: "negative", known_at: SLOT },
  }),
  glance("KO", {
    name: "Coca-Cola",
    tags: ["core"],
    price: priced(60, 0.4, 3),
    signal: signalled(0.05, "hold", 0.3),
  }),
  glance("NVDA", {
    name: "NVIDIA",
    tags: ["chips"],
    price: priced(180, 3.1, 42),
    signal: signalled(0.71, "strong_buy", 0.6),
    stale: ["The price is 42 minutes old."],
  }),
];
