import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider, useSearchParams } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { queryClient } from "@/api/queries";
import { problem, serve } from "@/testing/server";
import { seeNothing } from "@/testing/unseen";
import type { Backtest, Figures, Glance } from "./api";
import { Backtests } from "./Backtests";
import { around } from "./PathChart";

beforeEach(seeNothing);

const FIGURES: Figures = {
  return_pct: 13.2,
  yearly_return_pct: 2.51,
  volatility_pct: 4.11,
  sharpe: 0.62,
  drawdown_pct: -6.05,
  drawdown_days: 805,
  turnover: 6.25,
  exposure_pct: 40.83,
  net_pct: 40.83,
  cost_pct: 3.12,
  trades: 6021,
  days: 1258,
};

function whole(id: number, more: Partial<Backtest> = {}): Backtest {
  return {
    id,
    strategy: "swing-1",
    interval: "1d",
    from_on: "2012-09-04",
    to_on: "2017-09-01",
    made_at: "2026-11-28T23:17:40Z",
    simulated: false,
    verdict: "Not told apart from luck: the interval of its Sharpe ratio holds 0.",
    symbols: ["AAPL", "KO"],
    left_out: { XYZ: "no bar of it is stored in the range" },
    terms: {
      commission_bps: 1,
      half_spread_bps: 2,
      slippage_bps: 2,
      sizing: "equal",
      long_short: false,
      band: 0.25,
    },
    figures: FIGURES,
    benchmark: { ...FIGURES, return_pct: 89.56, sharpe: 1.15, yearly_return_pct: null },
    luck: {
      low: -0.15,
      high: 1.45,
      level: 0.95,
      probabilistic: 0.92,
      deflated: 0.61,
      trials: 3,
      expected_best: 0.5,
      daily: 0.04,
      skew: -0.4,
      tails: 7,
    },
    years: [
      {
        name: "2013",
        days: 252,
        return_pct: 6.93,
        benchmark_return_pct: 28.64,
        sharpe: 1.42,
        drawdown_pct: -3.27,
      },
    ],
    regimes: [],
    path: {
      at: ["2012-09-04T20:00:00Z", "2013-09-04T20:00:00Z", "2017-09-01T20:00:00Z"],
      equity: [1, 1.06, 1.132],
      benchmark: [1, 1.3, 1.8956],
      drawdown_pct: [0, -2, -0.3],
    },
    ...more,
  };
}

function glance(id: number, more: Partial<Glance> = {}): Glance {
  const { strategy, interval, from_on, to_on, made_at, verdict } = whole(id);
  return {
    ...{ id, strategy, interval, from_on, to_on, made_at, verdict },
    simulated: false,
    symbols: 88,
    long_short: false,
    sizing: "equal",
    return_pct: 13.2,
    benchmark_return_pct: 89.56,
    sharpe: 0.62,
    sharpe_low: -0.15,
    sharpe_high: 1.45,
    deflated_sharpe: 0.61,
    trials: 3,
    drawdown_pct: -6.05,
    ...more,
  };
}

function Page() {
  const [search, set] = useSearchParams();
  const opened = search.get("backtest");
  return (
    <Backtests
      opened={opened === null ? null : Number(opened)}
      onOpen={(number) => set({ backtest: String(number) })}
    />
  );
}

function visit(answers: Record<string, unknown>, path = "/") {
  serve(answers);
  const router = createMemoryRouter([{ path: "*", Component: Page }], { initialEntries: [path] });
  render(
    <QueryClientProvider client={queryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return router;
}

const TWO = {
  "/api/v1/backtests": { items: [glance(3), glance(2, { long_short: true, return_pct: -9.1 })] },
  "/api/v1/backtests/3": whole(3),
  "/api/v1/backtests/2": whole(2, { strategy: "swing-1", luck: null, simulated: true }),
};

test("the newest is opened, with its figures beside those of holding", async () => {
  visit(TWO);
  const list = await screen.findByRole("table", { name: /newest backtests/ });
  const [, first, second] = within(list).getAllByRole("row");
  expect(first).toHaveTextContent("long only, equal places");
  expect(first).toHaveTextContent("+13.20 %");
  expect(first).toHaveTextContent("61 %of 3 trials");
  expect(second).toHaveTextContent("long and short, equal places");
  expect(second).toHaveTextContent("−9.10 %");
  const figures = await screen.findByRole("table", { name: /Figures of the backtest/ });
  expect(within(figures).getByRole("row", { name: /^Return a year/ })).toHaveTextContent(
    "+2.51 %–",
  );
  expect(screen.getByText(/The best of 3 trials shows \+0.50 without any skill/)).toBeVisible();
  expect(screen.getByText(/5 basis points a trade/)).toBeVisible();
  expect(screen.getByText(/XYZ \(no bar of it is stored in the range\)/)).toBeVisible();
  expect(
    screen.getByRole("figure", { name: /swing-1 \+13.20 %, holding \+89.56 %/ }),
  ).toBeVisible();
});

test("another is opened by its name, and the address keeps it", async () => {
  const router = visit(TWO);
  const other = await screen.findByRole("button", {
    name: /long and short/,
  });
  expect(other).toHaveAttribute("aria-pressed", "false");
  await userEvent.click(other);
  expect(router.state.location.search).toBe("?backtest=2");
  expect(await screen.findByText(/nothing is said: too few days/)).toBeVisible();
  expect(screen.getByText("SIMULATED")).toBeVisible();
  expect(other).toHaveAttribute("aria-pressed", "true");
});

test("the path is there as a table too", async () => {
  visit(TWO);
  await userEvent.click(await screen.findByRole("button", { name: "Show as a table" }));
  const path = screen.getByRole("table", { name: /What 1 became/ });
  expect(within(path).getAllByRole("row").at(-1)).toHaveTextContent("1.131.90−0.30 %");
});

test("where nothing was tried it says how to", async () => {
  visit({ "/api/v1/backtests": { items: [] } });
  expect(await screen.findByText("No backtest yet")).toBeVisible();
  expect(screen.getByText("fintech signals backtest")).toBeVisible();
});

test("one that an old address names and that is gone is told", async () => {
  visit(
    { ...TWO, "/api/v1/backtests/9": problem(404, "No backtest of that id is kept.") },
    "/?backtest=9",
  );
  await waitFor(() =>
    expect(screen.getByRole("alert")).toHaveTextContent("No backtest of that id is kept."),
  );
  expect(screen.getByRole("table", { name: /newest backtests/ })).toBeVisible();
});

test("an axis has a little air around what it holds", () => {
  const [low, high] = around([1, 1.5, 0.9]);
  expect(low).toBeCloseTo(0.87);
  expect(high).toBeCloseTo(1.53);
  const [flat, above] = around([1, 1]);
  expect(above - flat).toBeCloseTo(0.01);
});
