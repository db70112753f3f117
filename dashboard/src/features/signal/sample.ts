/** A signal as a running demo told it, cut down: what the tests of its page are made of. */

import type { ArticleBehind, WholeSignal } from "./api";

/** Article, story, share, score, label, outlet, known at, headline. */
const ARTICLES = `
303 | 141 | -0.016871 | -0.749848 | negative | Northgate Business | 2026-11-27T03:42:42Z | Apple hardware outage hits customers across Canada
302 | 141 | -0.014658 | -0.749848 | negative | Harbour Wire | 2026-11-27T01:16:41Z | Apple hardware outage hits customers across Canada
298 | 139 | 0.013923 | 0.86114 | positive | Harbour Wire | 2026-11-26T19:24:23Z | Record third-quarter revenue at Apple: $165 million, up 23% - Harbour Wire
292 | 139 | 0.002215 | 0.286331 | neutral | Copper Street Journal | 2026-11-26T17:32:57Z | Apple Inc. reports record third-quarter revenue of $165 million - Copper Street Journal
241 | 115 | -0.002056 | -0.992399 | negative | The Ledger | 2026-11-25T05:56:10Z | Profit at Apple drops 6% in third-quarter, below estimates - The Ledger
240 | 115 | -0.002003 | -0.98194 | negative | Tideline Financial | 2026-11-25T05:46:52Z | Profit at Apple drops 6% in third-quarter, below estimates
300 | 139 | 0.001529 | 0.139348 | neutral | Northgate Business | 2026-11-26T19:48:14Z | Apple reports record third-quarter revenue of $165 million - Northgate Business
267 | 127 | -0.000882 | -0.286446 | neutral | Harbour Wire | 2026-11-26T01:24:53Z | Apple asks customers in Brazil to send cloud products back - Harbour Wire
268 | 127 | -0.000798 | -0.227487 | neutral | Dayfold News | 2026-11-26T02:50:19Z | Apple asks customers in Brazil to send cloud products back
264 | 127 | -0.0007 | -0.227487 | neutral | Northgate Business | 2026-11-26T00:34:24Z | Apple asks customers in Brazil to send cloud products back
317 | 149 | -0.000522 | -0.00544 | neutral | Meridian Markets | 2026-11-27T22:02:34Z | How Apple compares with UnitedHealth in international
225 | 109 | 0.000342 | 0.848741 | positive | The Ledger | 2026-11-24T09:42:38Z | Three Rivers Research upgrades Apple to buy, sees 22% upside
229 | 109 | 0.000315 | 0.792089 | positive | Harbour Wire | 2026-11-24T10:21:25Z | Three Rivers Research turns bullish on Apple, sees 22% upside
227 | 109 | 0.000279 | 0.753018 | positive | Meridian Markets | 2026-11-24T10:03:40Z | Apple Inc. upgraded to buy at Three Rivers Research with 22% upside
297 | 139 | 0.000234 | 0.023473 | neutral | Quayside Tribune | 2026-11-26T19:00:21Z | Apple Inc. takes in $165 million in third-quarter, the most in its history - Quayside Tribune
262 | 126 | -0.000159 | -0.025907 | neutral | Quayside Tribune | 2026-11-25T22:59:42Z | Meta Platforms, Inc. or Apple: two ways into the logistics market in Japan
230 | 109 | 5.2e-05 | 0.11887 | neutral | Tideline Financial | 2026-11-24T11:18:04Z | Three Rivers Research changes its mind on Apple and sees room for another 22% - Tideline Financial
199 | 79 | 1.8e-05 | 0.118613 | neutral | Tideline Financial | 2026-11-23T22:51:22Z | Regulators in Brazil approve Apple $2.2 billion acquisition
195 | 79 | 1.4e-05 | 0.1063 | neutral | Dayfold News | 2026-11-23T21:34:58Z | Apple Inc. $2.2 billion acquisition cleared by regulators in Brazil - Dayfold News
191 | 79 | 1.3e-05 | 0.088313 | neutral | Meridian Markets | 2026-11-23T20:24:47Z | Regulators in Brazil approve Apple $2.2 billion acquisition
192 | 79 | 1.3e-05 | 0.088313 | neutral | The Ledger | 2026-11-23T20:36:32Z | Regulators in Brazil approve Apple $2.2 billion acquisition
194 | 79 | 1.1e-05 | 0.073143 | neutral | Harbour Wire | 2026-11-23T21:04:08Z | Regulators in Brazil approve Apple $2.2 billion acquisition - Harbour Wire
231 | 110 | -1e-05 | -0.011902 | neutral | The Ledger | 2026-11-24T14:06:48Z | Inside the enterprise campus of Apple in France
190 | 95 | 6e-06 | 0.018169 | neutral | Meridian Markets | 2026-11-23T20:02:35Z | Apple opens consumer office in India
`;

const MODEL = "local-2026-11-1f5cc841";

function article(line: string): ArticleBehind {
  const [id, story, share, score, label = "", outlet = "", knownAt = "", headline = ""] =
    line.split(" | ");
  return {
    article_id: Number(id),
    share: Number(share),
    story_id: Number(story),
    headline,
    outlet,
    url: `https://simulated.invalid/${id}`,
    known_at: knownAt,
    sentiment: {
      label,
      score: Number(score),
      confidence: 0.8,
      reason: "as it was told",
      model: MODEL,
      answered_by: MODEL,
      cost_usd: "0",
      stands_in_for: null,
    },
  };
}

const OF_ITSELF = {
  symbol: "AAPL",
  slot_at: "2026-11-28T17:00:00Z",
  strategy: "balanced-2",
  revision: 1,
  live: true,
  price: 30.17,
  change_pct: -2.330851,
  last_close: 30.89,
  score: -0.350332,
  action: "sell",
  since: "2026-11-28T11:00:00Z",
  confidence: 0.882238,
  coverage: 1.0,
  agreement: 0.882238,
  freshness: 1.0,
  regime: "trending",
  suspected_split: null,
  components: [
    {
      name: "momentum",
      value: -0.820871,
      weight: 0.195122,
      contribution: -0.16017,
      reason: "down 1.7% over the last 13 bars",
      figure: -0.016623,
    },
    {
      name: "trend",
      value: -0.817678,
      weight: 0.292683,
      contribution: -0.23932,
      reason: "fast average 1.42 ATR below the slow",
      figure: -1.420377,
    },
    {
      name: "mean_reversion",
      value: 0.319975,
      weight: 0.073171,
      contribution: 0.023413,
      reason: "0.7 deviations below the 20-bar mean",
      figure: -0.675462,
    },
    {
      name: "volume",
      value: 0.0,
      weight: 0.097561,
      contribution: 0.0,
      reason: "0.9\u00d7 the money of the same half hour of other days",
      figure: 0.913365,
    },
    {
      name: "gap",
      value: 0.626345,
      weight: 0.04878,
      contribution: 0.030553,
      reason: "opened up 0.1% on the last close",
      figure: 0.000647,
    },
    {
      name: "news",
      value: -0.019695,
      weight: 0.195122,
      contribution: -0.003843,
      reason: "24 articles in 10 stories, neutral",
      figure: -0.019695,
    },
    {
      name: "news_surprise",
      value: -0.009889,
      weight: 0.097561,
      contribution: -0.000965,
      reason: "0.05 worse than its usual tone",
      figure: -0.047934,
    },
  ],
  missing: {},
  articles: 24,
  stories: 10,
  cutoff_at: "2026-11-28T17:02:13.397406Z",
  run_id: "cece016a-4e81-41b4-8b9f-c8cea1cdf478",
};

/** AAPL's signal of 28 November 2026, 17:00Z, on the simulated exchange. */
export const SIGNAL: WholeSignal = {
  ...OF_ITSELF,
  interval: "30m",
  currency: "USD",
  simulated: true,
  explanation: {
    bars: [
      "753 half-hour bars, 2026-11-13 00:00Z to 2026-11-28 17:00Z, all by simulated.",
      "The newest, 2026-11-28 16:30Z to 17:00Z: open 30.10, high 30.17, low 30.03, close 30.17, volume 31,560; by simulated, known 2026-11-28 17:02:11Z.",
      "No split and no dividend fell between them.",
    ],
    weights: [
      "Regime trending (ADX 14 is above 25): trend × 1.5, mean reversion × 0.5.",
      "Weights are shares of those present, 0.2 + 0.3 + 0.075 + 0.1 + 0.05 + 0.2 + 0.1 = 1.025: trend weighs 0.3 / 1.025.",
    ],
    action: [
      "Sell begins at -0.15 and lasts until the score is above -0.10, or until it has not begun again for 13 rows.",
      "It last began at 2026-11-28 11:00Z, and -0.350332 does not end it: sell.",
    ],
    confidence: "coverage 1.000000 × agreement 0.882238 × freshness 1.000000 = confidence 0.882238",
    scores: ["Scores: 24 by local-2026-11-1f5cc841."],
  },
  bars: {
    bars: 753,
    first_at: "2026-11-13T00:00:00Z",
    providers: { simulated: 753 },
    newest: {
      opened_at: "2026-11-28T16:30:00Z",
      closed_at: "2026-11-28T17:00:00Z",
      open: 30.1,
      high: 30.17,
      low: 30.03,
      close: 30.17,
      volume_shares: 31560.0,
      provider: "simulated",
      known_at: "2026-11-28T17:02:11.886029Z",
    },
    actions: [],
  },
  articles_behind: ARTICLES.trim().split("\n").map(article),
  basis: {
    definition: {
      name: "balanced",
      version: 2,
      interval: "30m",
      weights: {
        momentum: 0.2,
        trend: 0.2,
        mean_reversion: 0.15,
        volume: 0.1,
        gap: 0.05,
        news: 0.2,
        news_surprise: 0.1,
      },
      bands: {
        strong_sell: { enter: -0.4, leave: -0.32 },
        sell: { enter: -0.15, leave: -0.1 },
        buy: { enter: 0.15, leave: 0.1 },
        strong_buy: { enter: 0.4, leave: 0.32 },
      },
      regimes: [
        {
          name: "turbulent",
          indicator: "volatility_ratio",
          above: 1.8,
          weights: { trend: 0.5, momentum: 0.5 },
        },
        {
          name: "trending",
          indicator: "adx",
          above: 25.0,
          weights: { trend: 1.5, mean_reversion: 0.5 },
        },
      ],
    },
    models: ["local-2026-11-1f5cc841"],
    half_life_hours: 12.0,
    source_weights: {},
    formulas: 2,
  },
  revisions: [OF_ITSELF],
  outcomes: [],
  alert_ids: [],
  previous_slot_at: "2026-11-28T16:30:00Z",
  next_slot_at: null,
};

/** The closes of the bars up to the slot, the judged one last. */
export const CLOSES: readonly number[] = [
  30.88, 30.94, 30.97, 30.96, 31.0, 30.91, 30.89, 30.79, 30.71, 30.73, 30.68, 30.42, 30.26, 30.14,
  30.08, 30.11, 30.05, 30.12, 30.2, 30.18, 30.11, 30.19, 30.08, 30.17,
];
