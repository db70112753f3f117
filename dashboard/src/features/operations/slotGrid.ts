/** Slots and assets as a grid: a row an asset and UTC day, a cell a half hour. Pure. */

import { ASSETS, type Asset, type FreshnessTold, firstOf, type SlotShown } from "./api";

/**
 * What a cell says: `missing` of a day that lacks slots, `unrecorded` where nobody wrote anything
 * and nothing says that it was due, `ahead` of what is still to come.
 */
export type CellState = SlotShown["state"] | "missing" | "unrecorded" | "ahead";

export interface Cell {
  key: string;
  asset: Asset;
  slotAt: string;
  state: CellState;
  slot: SlotShown | null;
}

export interface GridDay {
  /** As the API writes it: `2026-11-28`. */
  on: string;
  rows: readonly { asset: Asset; cells: readonly Cell[] }[];
}

export const SLOTS_A_DAY = 48;
const SLOT_MS = 30 * 60_000;
const DAY_MS = SLOTS_A_DAY * SLOT_MS;

/** The newest slot whose tick was due: the next tick's own is still to come. */
export function newestDue(nextTickAt: string): Date {
  return new Date((Math.floor(Date.parse(nextTickAt) / SLOT_MS) - 1) * SLOT_MS);
}

/** The grid of so many days up to an instant, the newest day first. */
export function gridOf(
  slots: readonly SlotShown[],
  days: number,
  end: Date,
  freshness: Pick<FreshnessTold, "missing_days"> | undefined,
): GridDay[] {
  const recorded = new Map(slots.map((slot) => [keyOf(slot.asset, slot.slot_at), slot]));
  const missing = new Set(freshness?.missing_days);
  const first = firstOf(days, end).getTime();
  return Array.from({ length: days }, (_, n): GridDay => {
    const midnight = first + (days - 1 - n) * DAY_MS;
    const on = new Date(midnight).toISOString().slice(0, 10);
    const cell = (asset: Asset, place: number): Cell => {
      const slotAt = new Date(midnight + (place + 1) * SLOT_MS);
      const key = keyOf(asset, slotAt);
      const slot = recorded.get(key) ?? null;
      const lacks = missing.has(on) ? "missing" : "unrecorded";
      const state = slot?.state ?? (slotAt > end ? "ahead" : lacks);
      return { key, asset, slotAt: slotAt.toISOString(), state, slot };
    };
    return {
      on,
      rows: ASSETS.map((asset) => ({
        asset,
        cells: Array.from({ length: SLOTS_A_DAY }, (_, place) => cell(asset, place)),
      })),
    };
  });
}

function keyOf(asset: string, slotAt: string | Date): string {
  return `${asset} ${new Date(slotAt).getTime()}`;
}

const MEANING: Record<CellState, string> = {
  done: "All that was due is there.",
  partial: "Something lacks.",
  closed: "Nothing was due.",
  missing: "Nobody has done it, and the day lacks slots that were due.",
  unrecorded: "Nothing is recorded of it.",
  ahead: "Its tick is still to come.",
};

/** What a cell says, in a sentence. */
export function meaning({ state, slot }: Cell): string {
  const reasons = Object.entries(slot?.reasons ?? {});
  const [first] = reasons;
  if (!first) return MEANING[state];
  const more = reasons.length > 1 ? ` And ${reasons.length - 1} more.` : "";
  return `${first[0]}: ${first[1]}.${more}`;
}

/** Where an arrow leads from a cell; the same cell where there is nothing. */
export function neighbour(days: readonly GridDay[], key: string, arrow: string): string {
  const rows = days.flatMap((day) => day.rows);
  const row = rows.findIndex(({ cells }) => cells.some((cell) => cell.key === key));
  const place = rows[row]?.cells.findIndex((cell) => cell.key === key) ?? -1;
  if (place < 0) return key;
  const last = SLOTS_A_DAY - 1;
  const goal: Record<string, readonly [number, number]> = {
    ArrowLeft: [row, place - 1],
    ArrowRight: [row, place + 1],
    ArrowUp: [row - 1, place],
    ArrowDown: [row + 1, place],
    Home: [row, 0],
    End: [row, last],
  };
  const [toRow, toPlace] = goal[arrow] ?? [row, place];
  return rows[toRow]?.cells[toPlace]?.key ?? key;
}
