/** What became of a signal, as far as it is known. */

import type { Told } from "@/api/client";
import type { WholeSignal } from "./api";

export type Outcome = Told<"OutcomeShown">;

export type Fate = "hit" | "miss" | "neither" | "unknown";

/** Whether the price went the action's way; of hold, and of a price that stood still, neither. */
export function fateOf(action: string, outcome: Outcome): Fate {
  if (outcome.return_pct == null) return "unknown";
  const way = action.endsWith("buy") ? 1 : action.endsWith("sell") ? -1 : 0;
  if (way === 0 || outcome.return_pct === 0) return "neither";
  return Math.sign(outcome.return_pct) === way ? "hit" : "miss";
}

const HORIZONS: Record<string, readonly string[]> = {
  "30m": ["1 bar", "1 session", "5 sessions"],
  "1d": ["1 session", "5 sessions", "21 sessions"],
};

/** The horizons by which signals of an interval are judged, the nearest first. */
export function horizonsOf(interval: string): readonly string[] {
  return HORIZONS[interval] ?? [];
}

/** The signal as it was known at a past slot: without what was still to come. */
export function asOf(signal: WholeSignal, at: string | null): WholeSignal {
  if (at === null) return signal;
  const limit = Date.parse(at);
  const known = (instant: string | null) => instant !== null && Date.parse(instant) <= limit;
  return {
    ...signal,
    outcomes: signal.outcomes.filter((one) => known(one.settled_at)),
    next_slot_at: known(signal.next_slot_at) ? signal.next_slot_at : null,
  };
}
