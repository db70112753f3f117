/** How the components of a signal are drawn, the same wherever they are: hue, and hatching. */

export interface SeriesLook {
  /** A token's name. */
  token: string;
  /** Of two with one hue the second is hatched. */
  hatched: boolean;
}

/** The order in which they are stacked and listed; kin share a hue. */
const LOOKS: Readonly<Record<string, SeriesLook>> = {
  momentum: { token: "--series-1", hatched: false },
  trend: { token: "--series-2", hatched: false },
  mean_reversion: { token: "--series-3", hatched: false },
  rsi: { token: "--series-3", hatched: true },
  reversal: { token: "--series-1", hatched: true },
  volume: { token: "--series-5", hatched: false },
  money_flow: { token: "--series-5", hatched: true },
  gap: { token: "--series-6", hatched: false },
  news: { token: "--series-4", hatched: false },
  news_surprise: { token: "--series-4", hatched: true },
  forecast: { token: "--series-2", hatched: true },
};

const UNKNOWN: SeriesLook = { token: "--series-6", hatched: true };

export function lookOf(component: string): SeriesLook {
  return LOOKS[component] ?? UNKNOWN;
}

/** Components in the order in which they are always shown. */
export function inOrder(components: readonly string[]): string[] {
  const order = Object.keys(LOOKS);
  const rank = (name: string) => (order.indexOf(name) + order.length + 1) % (order.length + 1);
  return [...components].sort((a, b) => rank(a) - rank(b));
}
