/** Runs in words. Pure. */

import { date, duration, moment, words } from "@/design/format";
import type { RunShown } from "./api";

/** What a run does: the slot of a tick, the days of a backfill, or its job's name. */
export function whatOf(run: Pick<RunShown, "job" | "slot_at" | "first_on" | "last_on">): string {
  if (run.slot_at) return `tick of ${moment(run.slot_at)}`;
  if (run.first_on) {
    const until = run.last_on && run.last_on !== run.first_on ? ` – ${date(run.last_on)}` : "";
    return `backfill of ${date(run.first_on)}${until}`;
  }
  return words(run.job);
}

/** How long it took; short times with a tenth. */
export function took(seconds: number | null | undefined): string {
  return seconds != null && seconds < 10 ? `${seconds.toFixed(1)} s` : duration(seconds);
}

/** Where a part of a run lies in the whole, in percent of its width. */
export function placed(
  startedAt: string,
  endedAt: string | null,
  whole: readonly [number, number],
): { left: number; width: number } {
  const [from, to] = whole;
  const span = Math.max(to - from, 1);
  const start = Date.parse(startedAt);
  const end = endedAt === null ? to : Date.parse(endedAt);
  return {
    left: ((start - from) / span) * 100,
    // A step of no time at all is still seen.
    width: Math.max(((end - start) / span) * 100, 0.5),
  };
}
