import { expect, test } from "vitest";
import { firstOf, type SlotShown } from "./api";
import { type Cell, gridOf, meaning, neighbour, newestDue } from "./slotGrid";

const END = new Date("2026-11-28T17:00:00Z");

function slot(asset: string, slotAt: string, more: Partial<SlotShown> = {}): SlotShown {
  return {
    slot_at: slotAt,
    asset,
    state: "done",
    rows: 12,
    expected: 12,
    reasons: {},
    fallbacks: {},
    live: true,
    cutoff_at: slotAt,
    run_id: "run-1",
    updated_at: slotAt,
    ...more,
  };
}

const cellsOf = (slots: SlotShown[], missing: string[] = [], end = END): Cell[] =>
  gridOf(slots, 2, end, { missing_days: missing }).flatMap((day) =>
    day.rows.flatMap((row) => row.cells),
  );
const found = (cells: Cell[], asset: string, at: string) =>
  cells.find((cell) => cell.asset === asset && Date.parse(cell.slotAt) === Date.parse(at));

test("the slot at midnight belongs to the day that it ends", () => {
  const days = gridOf([slot("market_bars", "2026-11-28T00:00:00Z")], 2, END, undefined);
  expect(days.map((day) => day.on)).toEqual(["2026-11-28", "2026-11-27"]);
  expect(days[1]?.rows[0]?.cells.at(-1)?.state).toBe("done");
  expect(days[0]?.rows[0]?.cells[0]?.slotAt).toBe("2026-11-28T00:30:00.000Z");
  expect(firstOf(1, new Date("2026-11-28T00:00:00Z")).toISOString()).toBe(
    "2026-11-27T00:00:00.000Z",
  );
});

test("what nobody recorded is missing only on a day that lacks slots", () => {
  const cells = cellsOf([slot("market_bars", "2026-11-28T17:00:00Z")], ["2026-11-27"]);
  expect(found(cells, "market_bars", "2026-11-28T17:00:00Z")?.state).toBe("done");
  expect(found(cells, "market_bars", "2026-11-28T16:30:00Z")?.state).toBe("unrecorded");
  expect(found(cells, "market_bars", "2026-11-27T16:30:00Z")?.state).toBe("missing");
  expect(found(cells, "market_bars", "2026-11-28T17:30:00Z")?.state).toBe("ahead");
});

test("the next tick's own slot is not due yet", () => {
  expect(newestDue("2026-11-28T17:32:00Z").toISOString()).toBe("2026-11-28T17:00:00.000Z");
  expect(newestDue("2026-11-28T18:02:00Z").toISOString()).toBe("2026-11-28T17:30:00.000Z");
});

test("a cell says its first reason and how many more there are", () => {
  const reasons = { UNH: "no bar since 16:30Z", KO: "no bar since 16:00Z" };
  const cells = cellsOf([
    slot("market_bars", "2026-11-28T17:00:00Z", { state: "partial", reasons }),
  ]);
  const cell = found(cells, "market_bars", "2026-11-28T17:00:00Z");
  expect(cell && meaning(cell)).toBe("UNH: no bar since 16:30Z. And 1 more.");
});

test("arrows lead from cell to cell and stop at the edges", () => {
  const days = gridOf([], 2, END, undefined);
  const first = days[0]?.rows[0]?.cells[0]?.key ?? "";
  const right = neighbour(days, first, "ArrowRight");
  expect(right).toBe(days[0]?.rows[0]?.cells[1]?.key);
  expect(neighbour(days, right, "ArrowLeft")).toBe(first);
  expect(neighbour(days, first, "ArrowLeft")).toBe(first);
  expect(neighbour(days, first, "ArrowUp")).toBe(first);
  expect(neighbour(days, first, "ArrowDown")).toBe(days[0]?.rows[1]?.cells[0]?.key);
  expect(neighbour(days, first, "End")).toBe(days[0]?.rows[0]?.cells.at(-1)?.key);
  expect(neighbour(days, first, "Enter")).toBe(first);
});
