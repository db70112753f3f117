/** What was paid, as days and providers. Pure. */

import type { Told } from "@/api/client";

export interface CostDay {
  on: string;
  total: number;
  /** US dollars by provider; those without a cost lack. */
  by: Readonly<Record<string, number>>;
}

const DAY_MS = 24 * 60 * 60_000;

/** Every day of the span, the oldest first, also those on which nothing was paid. */
export function costDays({ first_on, last_on, items }: Told<"Costs">): CostDay[] {
  const first = Date.parse(first_on);
  const days = Math.round((Date.parse(last_on) - first) / DAY_MS) + 1;
  return Array.from({ length: Math.max(days, 0) }, (_, n) => {
    const on = new Date(first + n * DAY_MS).toISOString().slice(0, 10);
    const by: Record<string, number> = {};
    for (const { day_on, provider, cost_usd } of items) {
      if (day_on === on) by[provider] = (by[provider] ?? 0) + Number(cost_usd);
    }
    return { on, by, total: Object.values(by).reduce((sum, cost) => sum + cost, 0) };
  });
}

/** Who was paid, whoever cost most first. */
export function paidProviders(days: readonly CostDay[]): string[] {
  const sums = new Map<string, number>();
  for (const { by } of days) {
    for (const [name, cost] of Object.entries(by)) sums.set(name, (sums.get(name) ?? 0) + cost);
  }
  return [...sums].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}
