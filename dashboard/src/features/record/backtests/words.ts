/** What a backtest says, in sentences. Pure. */

import { percent, share, signed } from "@/design/format";
import type { Backtest, Glance } from "./api";

type Told = Pick<Glance, "long_short" | "sizing">;

/** `long only, equal places`. */
export function kindOf({ long_short, sizing }: Told): string {
  const sides = long_short ? "long and short" : "long only";
  return `${sides}, ${sizing === "equal" ? "equal places" : "places by volatility"}`;
}

/** On which terms it traded. */
export function termsOf({ terms }: Backtest): string {
  const sum = terms.commission_bps + terms.half_spread_bps + terms.slippage_bps;
  const cost = Number(sum.toFixed(4));
  return (
    `Traded at the next bar’s open, ${kindOf(terms)}, ${cost} basis points a trade ` +
    `(commission ${terms.commission_bps}, half the spread ${terms.half_spread_bps}, slippage ` +
    `${terms.slippage_bps}); cash earns nothing, and only what is followed today is traded.`
  );
}

/** What of it may be luck. */
export function luckOf({ luck, figures }: Backtest): string {
  if (!luck) return "Of its Sharpe ratio nothing is said: too few days gained or lost anything.";
  const before =
    `Sharpe ratio ${signed(figures.sharpe)}, ${share(luck.level)} interval ${signed(luck.low)} to ` +
    `${signed(luck.high)}; above 0 with a probability of ${share(luck.probabilistic)}.`;
  if (luck.trials === 1) return `${before} Nothing else was tried, so nothing is deflated.`;
  return (
    `${before} The best of ${luck.trials} trials shows ${signed(luck.expected_best)} without any ` +
    `skill: that this one is above it has a probability of ${share(luck.deflated)}.`
  );
}

/** What the picture shows, for who cannot see it. */
export function pictureOf({ strategy, figures, benchmark }: Backtest): string {
  return (
    `What 1 became: ${strategy} ${percent(figures.return_pct)}, holding ` +
    `${percent(benchmark.return_pct)}; the deepest fall ${percent(figures.drawdown_pct)}`
  );
}
