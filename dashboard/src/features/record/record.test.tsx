import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter, useLocation } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { problem, serve } from "@/testing/server";
import { seeNothing } from "@/testing/unseen";
import type { Estimate, Horizon, Rate, Review } from "./api";
import { ticksFor } from "./components/ticks";
import { edgeOf, spanOf, verdictOf } from "./figures";
import RecordPage from "./RecordPage";

beforeEach(seeNothing);

const OVERVIEW = {
  simulated: true,
  markets: [],
  symbols: [{ symbol: "AAPL", name: "Apple Inc." }],
  stale: 0,
};

function rate(hits: number, count: number, low: number, high: number, windows = 100): Rate {
  return { hits, count, windows, effective: count / 2, low, high };
}

function estimate(mean: number, t: number, verdict = "no effect found"): Estimate {
  return { mean, t, p: 0.4, count: 200, independent: 200, lags: 4, verdict };
}

const NO_ESTIMATE: Estimate = {
  mean: null,
  t: null,
  p: null,
  count: 0,
  independent: 0,
  lags: 0,
  verdict: "too few",
};
const NO_RATE: Rate = { hits: 0, count: 0, windows: 0, effective: 0, low: null, high: null };

function horizon(sign: Rate, name = "1 bar"): Horizon {
  const naive = (rule: string, hits: Rate) => ({
    name: rule,
    hit_rate: hits,
    return_pct: estimate(0.01, 1),
  });
  return {
    horizon: name,
    count: sign.count,
    without: { "a bar of it lacks": 9 },
    waiting: 3,
    ranked: "across symbols",
    sign,
    buys: sign,
    sells: rate(40, 80, 0.4, 0.6, 12),
    score: estimate(0.02, 0.9),
    components: { mean_reversion: estimate(0.05, 3.1, "effect found") },
    fifths: [{ name: "fifth 1", count: 40, mean_score: -0.3, return_pct: estimate(-0.1, -2) }],
    actions: [{ name: "strong_buy", count: 4, mean_score: 0.5, return_pct: NO_ESTIMATE }],
    rules: [
      naive("the strategy's buys and sells", sign),
      naive("always hold", rate(520, 1000, 0.49, 0.55)),
    ],
    symbols: [
      { symbol: "AAPL", hit_rate: rate(52, 100, 0.42, 0.62), coefficient: estimate(0.01, 0.2) },
      { symbol: "KO", hit_rate: rate(61, 100, 0.51, 0.7), coefficient: estimate(0.1, 2.2) },
      { symbol: "NEW", hit_rate: NO_RATE, coefficient: NO_ESTIMATE },
    ],
  };
}

function review(...horizons: Horizon[]): Review {
  const calibration = {
    group: "local-1",
    rose: rate(136, 279, 0.41, 0.56),
    hit_rate: rate(171, 279, 0.55, 0.68),
    brier: 0.254,
    brier_of_base: 0.25,
    reliability: [{ low: -1, high: -0.6, mean_probability: 0.07, rose: rate(24, 81, 0.19, 0.42) }],
  };
  const strategy = {
    signals: 2647,
    symbols: 3,
    first: "2026-11-24T00:30:00Z",
    last: "2026-11-28T15:00:00Z",
    turnover: 0.042,
    looks: 20,
    horizons,
  };
  return {
    live: false,
    simulated: true,
    strategies: [
      { ...strategy, strategy: "balanced-2" },
      { ...strategy, strategy: "news-first-1" },
    ],
    sentiment: [{ horizon: "1 bar", models: [calibration], outlets: [] }],
  };
}

const EVEN = rate(1223, 2425, 0.479, 0.53);

function Where() {
  return <output>{useLocation().search}</output>;
}

function opened(search = "") {
  const queries = new QueryClient();
  render(
    <QueryClientProvider client={queries}>
      <MemoryRouter initialEntries={[`/record${search}`]}>
        <RecordPage />
        <Where />
      </MemoryRouter>
    </QueryClientProvider>,
  );
}

const answers = (told: unknown) => ({
  "/api/v1/outcomes": told,
  "/api/v1/overview": OVERVIEW,
  "/api/v1/alerts": { items: [] },
});

describe("the figures", () => {
  it("show no edge where the interval holds 50 %", () => {
    expect(edgeOf(horizon(EVEN))).toBe("none");
    expect(verdictOf(horizon(EVEN))).toMatch(/^No edge shown: .*47\.9 % to 53\.0 %/);
  });

  it("do not call it an edge where a rule that needs no skill does as well", () => {
    expect(edgeOf(horizon(rate(530, 1000, 0.51, 0.55)))).toBe("above");
    expect(edgeOf(horizon(rate(600, 1000, 0.57, 0.63)))).toBe("above all");
    expect(edgeOf(horizon(rate(400, 1000, 0.37, 0.43)))).toBe("below");
  });

  it("give no number below 30 windows", () => {
    expect(edgeOf(horizon(rate(60, 100, 0.5, 0.69, 29)))).toBe("too few");
    expect(spanOf(NO_ESTIMATE)).toBeNull();
  });

  it("reach as far as Student’s t says", () => {
    const span = spanOf({ ...estimate(0.1, 2), independent: 30 });
    expect(span?.high).toBeCloseTo(0.1 + 0.05 * 2.0452, 4);
  });

  it("stand on an axis of even steps through 0", () => {
    const ticks = ticksFor([{ low: -0.06, value: 0, high: 0.02 }]);
    expect(ticks).toContain(0);
    expect(ticks[0]).toBeLessThanOrEqual(-0.06);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(0.02);
  });
});

describe("the track record", () => {
  it("says first whether there is anything in it, and what it is of", async () => {
    serve(answers(review(horizon(EVEN))));
    opened("?backfilled=true");
    const verdict = await screen.findByRole("region", { name: "Verdict" });
    expect(verdict).toHaveTextContent("No edge shown");
    expect(verdict).toHaveTextContent(/nobody acted on it/);
    expect(verdict).toHaveTextContent("2,647");
  });

  it("shows a hit rate as a range with its counts, beside the naive rules", async () => {
    serve(answers(review(horizon(EVEN))));
    opened("?backfilled=true");
    const rows = within(await screen.findByRole("table", { name: "Hit rates 1 bar after" }));
    const own = rows.getByRole("row", { name: /the score’s sign/ });
    expect(own).toHaveTextContent("47.9 % to 53.0 %");
    expect(own).toHaveTextContent("1,223 of 2,425");
    expect(rows.getByRole("row", { name: /always hold/ })).toHaveTextContent("49.0 % to 55.0 %");
    expect(rows.getByRole("row", { name: /^sells/ })).toHaveTextContent(
      "too few: 12 of 30 windows",
    );
  });

  it("explains a figure when asked, and stops by Escape", async () => {
    serve(answers(review(horizon(EVEN))));
    opened();
    const [ask] = await screen.findAllByRole("button", { name: "What is this? hit rate" });
    if (!ask) throw new Error("no button");
    await userEvent.click(ask);
    expect(screen.getByText(/Wilson’s 95 % interval/)).toBeVisible();
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByText(/Wilson’s 95 % interval/)).toBeNull();
  });

  it("keeps horizon and strategy in the URL, without asking again", async () => {
    const asked = serve(answers(review(horizon(EVEN), horizon(EVEN, "1 session"))));
    opened("?backfilled=true");
    await userEvent.click(await screen.findByRole("radio", { name: /1 session after/ }));
    await userEvent.click(screen.getByRole("button", { name: "news-first-1" }));
    expect(screen.getByText(/horizon=1\+session&strategy=news-first-1/)).toBeInTheDocument();
    expect(screen.getByRole("region", { name: "Verdict" })).toHaveTextContent("news-first-1");
    expect(asked.filter(({ path }) => path.endsWith("/outcomes"))).toHaveLength(1);
  });

  it("sorts symbols, those without a number last", async () => {
    serve(answers(review(horizon(EVEN))));
    opened();
    const table = await screen.findByRole("table", { name: /^Figures by symbol/ });
    const names = () =>
      within(table)
        .getAllByRole("link")
        .map((link) => link.textContent);
    expect(names()).toEqual(["AAPL", "KO", "NEW"]);
    await userEvent.click(within(table).getByRole("button", { name: "hit rate, 95 %" }));
    expect(names()).toEqual(["KO", "AAPL", "NEW"]);
    expect(within(table).getByRole("columnheader", { name: /hit rate/ })).toHaveAttribute(
      "aria-sort",
      "descending",
    );
  });

  it("says when the first outcomes come, and leads to the backfilled history", async () => {
    const early = { ...horizon(NO_RATE), count: 0, waiting: 47 };
    const asked = serve(answers({ ...review(early), live: true }));
    opened();
    expect(
      await screen.findByText(/47 signals wait for theirs\. The first come 1 bar/),
    ).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "See the backfilled history" }));
    await vi.waitFor(() => expect(asked.at(-1)?.search.get("backfilled")).toBe("true"));
  });

  it("asks for no more than the slot that is looked at", async () => {
    const asked = serve(answers(review(horizon(EVEN))));
    opened("?at=2026-11-27T15:30Z&to=2026-11-30");
    await screen.findByRole("region", { name: "Verdict" });
    const outcomes = asked.find(({ path }) => path.endsWith("/outcomes"));
    expect(outcomes?.search.get("to")).toBe("2026-11-27T15:30:00Z");
  });

  it("does not ask again by itself when it is too much, and offers to ask for less", async () => {
    const asked = serve(
      answers(() => problem(503, "That took too long; ask for less.", { "Retry-After": "5" })),
    );
    opened("?strategy=balanced-2&horizon=1+bar");
    expect(await screen.findByText("That took too long; ask for less.")).toBeVisible();
    expect(screen.getByText(/again in \d s/)).toBeVisible();
    expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: /this strategy and horizon alone/ }));
    await vi.waitFor(() => expect(asked.at(-1)?.search.get("horizon")).toBe("1 bar"));
    expect(asked.filter(({ path }) => path.endsWith("/outcomes"))).toHaveLength(2);
  });
});
