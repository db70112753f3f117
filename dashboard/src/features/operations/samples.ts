/** What the API may tell, for the tests. */

import { session } from "@/testing/server";

export const NOW = "2026-11-28T17:10:00Z";

export const FRESH = {
  read_at: NOW,
  configuration: "demo",
  simulated: true,
  next_tick_at: "2026-11-28T17:32:00Z",
  missing_days: [] as string[],
  assets: ["market_bars", "news_articles", "article_sentiment", "trading_signals"].map((asset) => ({
    asset,
    newest_slot_at: "2026-11-28T17:00:00Z",
    age_seconds: 600,
    updated_at: "2026-11-28T17:02:00Z",
    due: 48,
    done: 48,
    partial: 0,
    missing: 0,
  })),
  lacking: [] as {
    asset: string;
    who: string;
    slots: number;
    newest_slot_at: string;
    reason: string;
  }[],
  fallbacks: [],
};

export const RUN = {
  run_id: "cece016a-4e81-41b4-8b9f-c8cea1cdf478",
  job: "tick",
  status: "success",
  slot_at: "2026-11-28T17:00:00Z",
  first_on: null,
  last_on: null,
  created_at: "2026-11-28T17:02:00Z",
  started_at: "2026-11-28T17:02:10Z",
  ended_at: "2026-11-28T17:02:14Z",
  duration_seconds: 4,
  reason: null as string | null,
  steps: [
    {
      step: "market_bars",
      status: "success",
      started_at: "2026-11-28T17:02:11Z",
      ended_at: "2026-11-28T17:02:12Z",
      duration_seconds: 1,
      attempts: 1,
    },
  ],
  faults: ["UNH: the one bar that was due did not come."],
};

export const QUOTA = {
  tokens_in: 0,
  tokens_out: 0,
  cost_usd: "0",
  provider: "alpha_vantage",
  plan: {
    per_second: 1,
    per_minute: 5,
    per_day: 25 as number | null,
    reset_zone: "America/New_York",
    usd_per_day: null as string | null,
  },
  spent: 21,
  left: 4 as number | null,
  left_usd: null as string | null,
  resets_at: "2026-11-29T05:00:00Z",
  exhausted_until: null as string | null,
  circuit: { failures: 0, paused_until: null as string | null, told: null as string | null },
  trouble: null as string | null,
  purposes: [
    {
      tokens_in: 0,
      tokens_out: 0,
      cost_usd: "0",
      purpose: "30-minute bars",
      calls: 21,
      spent: 21,
      without_answer: 1,
    },
  ],
  answered_at: "2026-11-28T17:02:00Z",
  failed_at: null,
  failure: null,
};

export const CLUSTER = {
  running: {
    place: "local" as const,
    read_at: NOW,
    resources: [],
    processes: [
      {
        role: "api",
        pid: 12,
        status: "sleeping",
        started_at: "2026-11-28T16:00:00Z",
        age_seconds: 4200,
        cpu_pct: 3.2,
        memory_bytes: 300_000_000,
      },
    ],
    not_shown: [] as string[],
  },
  database: {
    version: "18.4",
    size_bytes: 26_000_000,
    connections: 19,
    connections_most: 200,
    oldest_transaction_seconds: 0,
    replicas: 0,
    tables: [{ name: "signals", size_bytes: 5_000_000, rows_about: 2683 }],
  },
  database_problem: null as string | null,
  replica_used: false,
  replica_lag_seconds: null as number | null,
};

export const ANSWERS = {
  "/api/v1/session": session(),
  "/api/v1/alerts": { items: [], next: null },
  "/api/v1/freshness": FRESH,
  "/api/v1/slots": { items: [], next: null },
  "/api/v1/runs": { items: [RUN], next: null },
  [`/api/v1/runs/${RUN.run_id}`]: RUN,
  "/api/v1/quotas": { providers: [] },
  "/api/v1/costs": { first_on: "2026-11-01", last_on: "2026-11-28", cost_usd: "0", items: [] },
  "/api/v1/calls": { items: [], next: null },
  "/api/v1/cluster": CLUSTER,
  "/readyz": { status: "ready", reasons: [] },
  "/config.json": { dagster_url: "http://dagster.test/" },
};
