import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, expect, test, vi } from "vitest";
import type { Told } from "@/api/client";
import { queryClient } from "@/api/queries";
import { serve } from "@/testing/server";
import { Models, newestOfEach } from "./Models";

afterEach(() => vi.unstubAllGlobals());

function model(id: number, more: Partial<Told<"ModelShown">> = {}): Told<"ModelShown"> {
  return {
    id,
    interval: "30m",
    target: "direction, 1 bar",
    learner: "trees",
    trained_at: "2026-11-29T04:17:20Z",
    first_slot_at: "2025-03-03T15:00:00Z",
    last_slot_at: "2025-07-03T17:00:00Z",
    samples: 16_624,
    symbols: ["AAPL"],
    features: ["momentum"],
    seed: 7,
    verdict: {
      slots: 865,
      samples: 13_840,
      loss: 0.7,
      naive_loss: 0.69,
      skill: -0.012,
      t: -3.7,
      sentence: "No edge: -1.20% against the naive forecast out of sample.",
    },
    folds: [-0.01],
    has_edge: false,
    digest: "ab",
    score: { foretold: 96, known: 80, loss: 0.69, hits: 0.512 },
    ...more,
  };
}

function shown(items: Told<"ModelShown">[]) {
  serve({ "/api/v1/forecasts/models": { simulated: true, items } });
  render(
    <QueryClientProvider client={queryClient()}>
      <MemoryRouter>
        <Models />
      </MemoryRouter>
    </QueryClientProvider>,
  );
}

test("of each target the newest model is told, with its verdict and how it did since", async () => {
  const volatile = model(3, {
    target: "volatility, 1 bar",
    has_edge: true,
    score: { foretold: 4, known: 0, loss: null, hits: null },
  });
  shown([model(5), volatile, model(1, { samples: 9 })]);
  const table = await screen.findByRole("table", { name: /of simulated prices/ });
  const [, first, second, ...more] = within(table).getAllByRole("row");
  expect(more).toEqual([]);
  expect(first).toHaveTextContent("direction, 1 bar");
  expect(first).toHaveTextContent("no edge");
  expect(first).toHaveTextContent("−1.20 %−3.7");
  expect(first).toHaveTextContent("51.2 % right of 80");
  expect(second).toHaveTextContent("4 foretold, none known yet");
  expect(within(table).getByText("edge")).toBeVisible();
});

test("where none was trained it says how to", async () => {
  shown([]);
  expect(await screen.findByText("No model yet")).toBeVisible();
});

test("the same target of other bars is another", () => {
  const found = newestOfEach([model(2), model(1), model(0, { interval: "1d" })]);
  expect(found.map(({ id }) => id)).toEqual([2, 0]);
});
