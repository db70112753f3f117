/** Firings counted by symbol and day. Pure. */

import type { Firing } from "./api";

const DAY_MS = 86_400_000;

export interface FiringRow {
  subject: string;
  /** How often on each day, the oldest first. */
  counts: readonly number[];
  total: number;
}

export interface FiringGrid {
  /** Midnight of each day where the viewer is, the oldest first. */
  days: readonly Date[];
  /** By symbol, those that fire most first. */
  rows: readonly FiringRow[];
  /** Of all symbols together. */
  totals: readonly number[];
}

/** The firings of the last so many days and of today. */
export function firingGrid(firings: readonly Firing[], count: number, now: Date): FiringGrid {
  const days = Array.from({ length: count + 1 }, (_, place) => {
    return new Date(now.getFullYear(), now.getMonth(), now.getDate() - count + place);
  });
  const first = days[0]?.getTime() ?? 0;
  const rows = new Map<string, number[]>();
  const totals = new Array<number>(days.length).fill(0);
  for (const { subject, started_at } of firings) {
    // Rounded, since not every day has 24 hours.
    const place = Math.round((new Date(started_at).setHours(0, 0, 0, 0) - first) / DAY_MS);
    if (place < 0 || place >= days.length) continue;
    const counts = rows.get(subject) ?? new Array<number>(days.length).fill(0);
    rows.set(subject, counts);
    counts[place] = (counts[place] ?? 0) + 1;
    totals[place] = (totals[place] ?? 0) + 1;
  }
  const found = [...rows].map(([subject, counts]) => ({
    subject,
    counts,
    total: counts.reduce((sum, one) => sum + one, 0),
  }));
  found.sort((one, other) => other.total - one.total || one.subject.localeCompare(other.subject));
  return { days, rows: found, totals };
}
