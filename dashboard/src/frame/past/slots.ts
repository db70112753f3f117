/** The slots that can be gone back to, in order of time, and where an instant stands among them. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import { day } from "@/design/format";

const DAY_MS = 86_400_000;
const HALF_HOUR_MS = 1_800_000;
/** The server tells no more at once. */
const MOST_DAYS = 92;

export type Days = 3 | 21 | 92;

/** A slot that can be gone back to. */
export interface KnownSlot {
  /** The slot (UTC, ISO 8601). */
  at: string;
  /** How many symbols have another action than before. */
  changes: number;
  /** How many alerts began with it. */
  alerts: number;
}

/** From when on slots are shown; what is looked at is among them. */
export function begins(days: Days, at: string | null, now: number): { from: string; to?: string } {
  const first = now - days * DAY_MS;
  const from = at === null ? first : Math.min(first, Date.parse(at) - DAY_MS);
  // By the day, so that the question stays the same from minute to minute.
  const start = Math.floor(from / DAY_MS) * DAY_MS;
  const end = start + MOST_DAYS * DAY_MS;
  const written = (instant: number) => new Date(instant).toISOString();
  return end < now ? { from: written(start), to: written(end) } : { from: written(start) };
}

/** The slots of the primary strategy from a day on. */
export const knownSlotsQuery = (span: { from: string; to?: string }) =>
  queryOptions({
    queryKey: ["slots", "known", span],
    meta: { topics: ["signals", "alerts", "watchlist"] },
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<readonly KnownSlot[]> => {
      const told = await ask(api.GET("/api/v1/slots/known", { params: { query: span }, signal }));
      const slots = told.slot_at.map((at, row) => ({
        at,
        changes: told.actions_changed[row] ?? 0,
        alerts: told.alerts_fired[row] ?? 0,
      }));
      return slots.reverse();
    },
  });

/** Where the newest slot at or before an instant stands; 0 where it is older than all. */
export function placeOf(slots: readonly KnownSlot[], at: string): number {
  const wanted = Date.parse(at);
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Date.parse(slots[middle]?.at ?? "") <= wanted) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** Where each day's first slot stands; a slot belongs to the day of the half hour that it judges. */
export function dayStarts(
  slots: readonly KnownSlot[],
  zone: string | null,
): { place: number; name: string }[] {
  const starts: { place: number; name: string }[] = [];
  let before = "";
  slots.forEach((slot, place) => {
    const name = day(new Date(Date.parse(slot.at) - HALF_HOUR_MS), zone ?? undefined);
    if (name !== before) starts.push({ place, name });
    before = name;
  });
  return starts;
}

/**
 * A day on or back: to the last slot of a day, and with the last day to the present.
 *
 * @param place Where one stands; the number of slots for the present.
 */
export function dayFrom(
  starts: readonly { place: number }[],
  count: number,
  place: number,
  way: 1 | -1,
): number {
  const ends = [...starts.slice(1).map((start) => start.place - 1), count - 1, count];
  const found = way > 0 ? ends.find((end) => end > place) : ends.findLast((end) => end < place);
  return found ?? (way > 0 ? count : 0);
}
