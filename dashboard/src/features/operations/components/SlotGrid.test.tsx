import { QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Suspense } from "react";
import { MemoryRouter } from "react-router";
import { expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { serve } from "@/testing/server";
import { ASSETS, type Asset, type SlotShown } from "../api";
import { ANSWERS } from "../samples";
import { gridOf } from "../slotGrid";
import { SlotGrid } from "./SlotGrid";

const AT = "2026-11-28T17:00:00Z";
const SLOTS = ASSETS.map(
  (asset): SlotShown => ({
    asset,
    slot_at: AT,
    state: asset === "market_bars" ? "partial" : "done",
    rows: 11,
    expected: 12,
    reasons: onlyOf("market_bars", asset, { UNH: "no bar since 16:30Z" }),
    fallbacks: onlyOf("trading_signals", asset, { KO: { provider: "yahoo", because: "no quota" } }),
    live: true,
    cutoff_at: AT,
    run_id: "run-1",
    updated_at: AT,
  }),
);

function onlyOf<Value>(whose: Asset, asset: Asset, told: Record<string, Value>) {
  return whose === asset ? told : {};
}

// Some two hundred cells take jsdom its time.
vi.setConfig({ testTimeout: 20_000 });

async function opened() {
  const asked = serve({ ...ANSWERS, "POST /api/v1/ticks": { run_id: "run-9", slot_at: AT } });
  const onFollow = vi.fn();
  render(
    <QueryClientProvider client={queryClient()}>
      <MemoryRouter>
        <Suspense>
          <SlotGrid days={gridOf(SLOTS, 1, new Date(AT), undefined)} onFollow={onFollow} />
        </Suspense>
      </MemoryRouter>
    </QueryClientProvider>,
  );
  await screen.findByLabelText("The chosen slot");
  return { asked, onFollow };
}

// Of some two hundred cells none is hidden; finding that out would take seconds.
const cells = () => screen.getAllByRole("gridcell", { hidden: true });

test("the grid begins at what lacks, tells why, and is gone through by arrows", async () => {
  await opened();
  const detail = screen.getByLabelText("The chosen slot");
  expect(detail).toHaveTextContent("UNH no bar since 16:30Z");
  const [cell, ...others] = cells().filter(({ tabIndex }) => tabIndex === 0);
  expect(others).toEqual([]);
  expect(cell).toHaveAccessibleName(/^market bars, .*partial. UNH: no bar since/);
  act(() => cell?.focus());
  await userEvent.keyboard("{ArrowDown}");
  expect(document.activeElement).toHaveAccessibleName(/^news articles, .*done/);
  expect(detail).toHaveTextContent("All that was due is there.");
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");
  expect(detail).toHaveTextContent("KO by yahoo, because no quota");
  await userEvent.keyboard("{ArrowRight}");
  expect(detail).toHaveTextContent("Its tick is still to come.");
});

test("a slot that lacks something can be run", async () => {
  const { asked, onFollow } = await opened();
  await userEvent.click(screen.getByRole("button", { name: "Run this slot", hidden: true }));
  expect(asked.find(({ method }) => method === "POST")?.body).toEqual({
    slot_at: "2026-11-28T17:00:00.000Z",
  });
  expect(onFollow).toHaveBeenCalledWith(["run-9"]);
});
