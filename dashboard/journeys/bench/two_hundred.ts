/** Two hundred made-up symbols, all different after each tick. */

const SYMBOLS = 200;
const HALF_HOUR_MS = 1_800_000;
const CLOSES = 48;
const ACTIONS = ["strong_sell", "sell", "hold", "buy", "strong_buy"] as const;

/** A number in [0, 1) that is always the same for the same two. */
function chance(symbol: number, time: number): number {
  const mixed = Math.sin(symbol * 127.1 + time * 311.7) * 43_758.5453;
  return mixed - Math.floor(mixed);
}

function priceAt(symbol: number, time: number): number {
  const price = 20 + symbol + 3 * Math.sin(time / 7 + symbol) + chance(symbol, time);
  return Math.round(price * 100) / 100;
}

function actionOf(score: number): string {
  return ACTIONS[Math.min(4, Math.floor((score + 1) * 2.5))] ?? "hold";
}

/** What the API would tell after so many ticks. */
export function overviewAt(tick: number) {
  const slot = Math.floor(Date.now() / HALF_HOUR_MS) * HALF_HOUR_MS;
  const at = (time: number) => new Date(time).toISOString();
  const symbols = Array.from({ length: SYMBOLS }, (_, n) => {
    const close = Array.from({ length: CLOSES }, (_, back) => priceAt(n, tick - CLOSES + 1 + back));
    const price = close.at(-1) ?? 0;
    const previous = close[0] ?? price;
    const [score, before] = [2 * chance(n, tick) - 1, 2 * chance(n, tick - 1) - 1];
    const tone = 2 * chance(n, tick + 0.5) - 1;
    return {
      symbol: `S${String(n).padStart(3, "0")}`,
      name: `Made-up company ${n}`,
      mic: "XSIM",
      currency: "USD",
      tags: n % 3 ? [] : ["third"],
      price: {
        price,
        priced_at: at(slot + tick),
        age_minutes: 3,
        source: "bar",
        provider: "simulated",
        previous_close: previous,
        change_pct: (price / previous - 1) * 100,
      },
      signal: {
        slot_at: at(slot + tick * HALF_HOUR_MS),
        score,
        action: actionOf(score),
        confidence: chance(n, tick + 0.25),
        action_before: actionOf(before),
      },
      sentiment: { score: tone, label: tone < 0 ? "negative" : "positive", known_at: at(slot) },
      stories_24h: Math.floor(9 * chance(n, tick)),
      open_alerts: (n + tick) % 5 ? 0 : 1,
      sparkline: { from_at: at(slot - CLOSES * HALF_HOUR_MS), to_at: at(slot), close },
      stale: [],
    };
  });
  return {
    at: null,
    simulated: true,
    strategy: "balanced-2",
    markets: [
      {
        mic: "XSIM",
        open: true,
        why_closed: null,
        opens_at: null,
        closes_at: null,
        time_zone: "UTC",
      },
    ],
    stale: 0,
    symbols,
  };
}
