import { expect, test } from "vitest";
import { costDays, paidProviders } from "./costs";
import { placed, whatOf } from "./runs";
import { CLUSTER, FRESH, NOW, QUOTA, RUN } from "./samples";
import { findings, type Known } from "./verdict";

const now = new Date(NOW);
const told = (known: Known) => findings(known, now).map(({ what, place }) => `${place}: ${what}`);
const fine: Known = {
  freshness: FRESH,
  runs: [RUN],
  quotas: [QUOTA],
  cluster: CLUSTER,
  readiness: { status: "ready", reasons: [] },
};

test("where all is well nothing is found, nor of what is not known", () => {
  expect(told(fine)).toEqual([]);
  expect(told({})).toEqual([]);
});

test("what lacks in the newest slot is found, what lacked in an older one is not", () => {
  const lack = { asset: "market_bars", slots: 1, reason: "no bar" };
  const lacking = [
    { ...lack, who: "UNH", newest_slot_at: "2026-11-28T17:00:00Z" },
    { ...lack, who: "KO", newest_slot_at: "2026-11-28T12:00:00Z" },
  ];
  expect(told({ freshness: { ...FRESH, lacking } })).toEqual([
    ": the newest slot of market bars lacks UNH",
  ]);
});

test("missing slots and a late tick come before what only lacks something", () => {
  const [bars, ...others] = FRESH.assets;
  const assets = bars ? [{ ...bars, missing: 2 }, ...others] : [];
  const freshness = { ...FRESH, assets, next_tick_at: "2026-11-28T16:32:00Z" };
  const readiness = { status: "degraded" as const, reasons: ["The replica lags."] };
  expect(told({ freshness, readiness })).toEqual([
    ": the tick is 38 min late",
    ": market bars miss 2 slots of the last day",
    "health: the API is degraded (The replica lags)",
  ]);
});

test("older days that lack slots are found by themselves", () => {
  const freshness = { ...FRESH, missing_days: ["2026-11-20"] };
  expect(told({ freshness })).toEqual([": 1 day lack slots"]);
});

test("of runs the last that ended counts", () => {
  const failed = { ...RUN, status: "failure" };
  expect(told({ runs: [{ ...RUN, status: "started" }, failed, RUN] })).toEqual([
    "runs: the last tick failed",
  ]);
  expect(told({ runs: [RUN, failed] })).toEqual([]);
});

test("a provider in trouble, without requests, or without money is found", () => {
  const alone = {
    ...QUOTA,
    provider: "yahoo",
    trouble: "is left alone until 17:45Z: it failed 5 times in a row",
    circuit: { failures: 5, paused_until: "2026-11-28T17:45:00Z", told: "Unavailable" },
  };
  const spent = { ...QUOTA, left: 0 };
  const broke = { ...QUOTA, provider: "openai", left: null, left_usd: "0.00" };
  expect(told({ quotas: [spent, broke, alone] })).toEqual([
    "quotas: yahoo is left alone until 17:45Z: it failed 5 times in a row",
    "quotas: alpha_vantage has no request left today",
    "quotas: openai has spent its money of today",
  ]);
});

test("a silent database and a slow replica are found", () => {
  const cluster = { ...CLUSTER, database: null, replica_lag_seconds: 9 };
  expect(told({ cluster })).toEqual([
    "cluster: the database does not answer",
    "cluster: the replica is 9 s behind",
  ]);
});

test("every day of the span has its costs, also where nothing was paid", () => {
  const item = { purpose: "sentiment", calls: 1, unsettled_calls: 0, tokens_in: 0, tokens_out: 0 };
  const days = costDays({
    first_on: "2026-11-26",
    last_on: "2026-11-28",
    cost_usd: "0.6",
    items: [
      { ...item, day_on: "2026-11-28", provider: "openai", cost_usd: "0.1" },
      { ...item, day_on: "2026-11-28", provider: "openai", purpose: "analyze", cost_usd: "0.2" },
      { ...item, day_on: "2026-11-26", provider: "twilio", cost_usd: "0.3" },
    ],
  });
  expect(days.map(({ on }) => on)).toEqual(["2026-11-26", "2026-11-27", "2026-11-28"]);
  expect(days[1]?.total).toBe(0);
  expect(days[2]?.by.openai).toBeCloseTo(0.3);
  expect(paidProviders(days)).toEqual(["openai", "twilio"].sort());
});

test("a run is named by what it does, and its steps lie where they ran", () => {
  expect(whatOf({ ...RUN, slot_at: null, job: "outcome_review" })).toBe("outcome review");
  expect(whatOf({ ...RUN, slot_at: null, first_on: "2026-11-24", last_on: "2026-11-28" })).toMatch(
    /^backfill of .*24.* – .*28/,
  );
  const whole = [Date.parse("2026-11-28T17:00:00Z"), Date.parse("2026-11-28T17:00:10Z")] as const;
  expect(placed("2026-11-28T17:00:05Z", "2026-11-28T17:00:10Z", whole)).toEqual({
    left: 50,
    width: 50,
  });
  expect(placed("2026-11-28T17:00:05Z", null, whole).width).toBe(50);
});
