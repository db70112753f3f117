/** Answers of the API for the tests of the page. */

export type Answers = Record<string, unknown>;

const SLOTS = ["2026-11-27T15:30:00Z", "2026-11-27T16:00:00Z", "2026-11-27T16:30:00Z"];
const OPENED = ["2026-11-27T15:00:00Z", "2026-11-27T15:30:00Z", "2026-11-27T16:00:00Z"];

const none = {
  mean: null,
  t: null,
  p: null,
  count: 0,
  independent: 0,
  lags: 0,
  verdict: "too few",
};
const never = { hits: 0, count: 0, windows: 0, effective: 0, low: null, high: null };

const instrument = (symbol: string, name: string) => ({
  symbol,
  name,
  aliases: [],
  mic: "XNYS",
  currency: "USD",
  tags: [],
});

const glance = (symbol: string, name: string, stale: string[]) => ({
  ...instrument(symbol, name),
  price: {
    price: 70.5,
    priced_at: "2026-11-27T16:30:00Z",
    age_minutes: 3,
    source: "bar",
    provider: "files",
    previous_close: 70,
    change_pct: 0.7143,
  },
  signal: {
    slot_at: "2026-11-27T16:30:00Z",
    score: 0.3,
    action: "buy",
    confidence: 0.9,
    action_before: "hold",
  },
  sentiment: null,
  stories_24h: 1,
  open_alerts: 2,
  sparkline: null,
  stale,
});

const strategy = (label: string, use: string, newest: string | null) => ({
  label,
  use,
  definition: { bands: { buy: { enter: 0.15, leave: 0.1 } } },
  first_used_at: null,
  newest_slot_at: newest,
});

const article = (id: number, headline: string, url: string | null, about: object) => ({
  article_id: id,
  story_id: 7,
  headline,
  summary: "",
  outlet: "The Ledger",
  url,
  provider: "files",
  published_at: "2026-11-27T15:00:00Z",
  observed_at: "2026-11-27T15:00:00Z",
  known_at: "2026-11-27T15:00:00Z",
  known_by: "live",
  symbols: [{ symbol: "KO", relevance: 1, matched_by: "its name", ...about }],
});

const verdict = {
  score: 0.8,
  label: "positive",
  confidence: 0.9,
  reason: '"rise" is good',
  model_version: "local",
  answered_by: "local",
  scored_at: "2026-11-27T15:01:00Z",
  tokens: 0,
  cost_usd: "0",
  same_as: null,
  stands_in: null,
};

const horizon = {
  horizon: "1 bar",
  count: 10,
  without: {},
  waiting: 0,
  ranked: "over time",
  sign: { ...never, hits: 6, count: 10, low: 0.3, high: 0.8 },
  buys: never,
  sells: never,
  score: none,
  components: {},
  fifths: [],
  actions: [],
  rules: [],
  symbols: [],
};

const signal = {
  symbol: "KO",
  slot_at: "2026-11-27T16:30:00Z",
  strategy: "balanced-2",
  revision: 1,
  live: true,
  price: 70.5,
  score: 0.3,
  action: "buy",
  confidence: 0.9,
};

/** By the end of their path. */
export function answers({ stale = [] as string[], bars = 3 } = {}): Answers {
  const some = <Item>(items: Item[]) => items.slice(0, bars);
  return {
    "/overview$": {
      at: null,
      simulated: false,
      strategy: "balanced-2",
      stale: 0,
      markets: [
        {
          mic: "XNYS",
          open: true,
          why_closed: null,
          opens_at: null,
          closes_at: "2026-11-27T18:00:00Z",
          time_zone: "America/New_York",
        },
      ],
      symbols: [
        glance("KO", "The Coca-Cola Company", stale),
        glance("MCD", "McDonald's Corporation", []),
      ],
    },
    "/alerts$": { items: [], next: null },
    "/strategies$": [
      strategy("balanced-2", "primary", SLOTS[2] ?? null),
      strategy("careful-1", "configured", SLOTS[2] ?? null),
      strategy("swing-1", "shipped", null),
    ],
    "/instruments/KO$": instrument("KO", "The Coca-Cola Company"),
    "/instruments/MCD$": instrument("MCD", "McDonald's Corporation"),
    "/bars$": {
      symbol: "KO",
      interval: "30m",
      providers: ["files"],
      bars_per_bucket: 1,
      opened_at: some(OPENED),
      closed_at: some(SLOTS),
      open: some([70, 70.1, 70.3]),
      high: some([70.2, 70.4, 70.6]),
      low: some([69.9, 70, 70.2]),
      close: some([70.1, 70.3, 70.5]),
      volume_shares: some([1000, 2000, 3000]),
    },
    "/actions$": { items: [], next: null },
    "/instruments/\\w+/signals/": {
      outcomes: [
        {
          horizon: "1 bar",
          entered_at: null,
          left_at: null,
          return_pct: 1.25,
          reason: null,
          settled_at: "2026-11-28T02:00:00Z",
        },
      ],
    },
    "/instruments/\\w+/signals$": {
      symbol: "KO",
      strategy: "balanced-2",
      interval: "30m",
      slot_at: SLOTS,
      price: [70.1, 70.3, 70.5],
      score: [-0.05, 0.2, 0.3],
      action: ["hold", "buy", "buy"],
      confidence: [0.9, 0.9, 0.9],
      changed: [false, true, false],
      contributions: { news: [-0.15, 0, 0.1], momentum: [0.1, 0.2, 0.2] },
      left_out: 0,
      changes_left_out: 0,
    },
    "/sentiment$": {
      symbol: "KO",
      strategy: "balanced-2",
      articles: {
        article_id: [1],
        known_at: ["2026-11-27T15:00:00Z"],
        headline: ["Sales rise"],
        outlet: ["The Ledger"],
        story_id: [7],
        relevance: [1],
        score: [0.8],
        label: ["positive"],
        left_out: 7,
        without_score: 1,
      },
      readings: {
        slot_at: SLOTS,
        value: [null, 0.1, 0.2],
        articles: [0, 1, 1],
        stories: [0, 1, 1],
      },
    },
    "/articles$": {
      items: [
        article(1, "Sales rise", "https://example.org/1", { sentiment: verdict, unscored: null }),
        article(2, "Another", null, { sentiment: null, unscored: "The budget is spent." }),
        article(3, "A trap", "javascript:alert(1)", { sentiment: null, unscored: null }),
      ],
      next: null,
    },
    "/v1/signals$": { items: [signal], next: null },
    "/outcomes$": {
      live: true,
      simulated: false,
      sentiment: [],
      strategies: [
        {
          strategy: "balanced-2",
          signals: 10,
          symbols: 1,
          first: null,
          last: null,
          turnover: null,
          looks: 0,
          horizons: [horizon],
        },
      ],
    },
  };
}
