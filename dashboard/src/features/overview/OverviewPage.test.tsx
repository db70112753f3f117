import { QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect, test } from "vitest";
import { queryClient } from "@/api/queries";
import { overviewQuery } from "@/api/shared";
import { problem, serve, session } from "@/testing/server";
import type { Overview } from "./api";
import OverviewPage from "./OverviewPage";
import { glance, overview, priced, signalled, THREE } from "./samples";

const FRESH = { next_tick_at: null };

function opened(path = "/", told: unknown = overview(THREE), more: Record<string, unknown> = {}) {
  const asked = serve({
    "/api/v1/session": session(),
    "/api/v1/freshness": FRESH,
    "/api/v1/overview": told,
    ...more,
  });
  const queries = queryClient();
  queries.setQueryData(["session"], session());
  const router = createMemoryRouter([{ path: "*", Component: OverviewPage }], {
    initialEntries: [path],
  });
  render(
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  const tell = (next: Overview) =>
    act(async () => queries.setQueryData(overviewQuery(null).queryKey, next));
  return { asked, router, tell };
}

const cards = async () =>
  within(await screen.findByRole("list", { name: "Watchlist" })).findAllByRole("listitem");

const card = async (symbol: string) => {
  const found = (await cards()).find((one) => one.dataset.symbol === symbol);
  if (!found) throw new Error(`There is no card of ${symbol}.`);
  return found;
};

const order = () =>
  within(screen.getByRole("list", { name: "Watchlist" }))
    .getAllByRole("listitem")
    .map((one) => one.dataset.symbol);

test("a card says price, signed change, action, score, confidence and news", async () => {
  opened();
  const apple = await card("AAPL");
  expect(apple).toHaveTextContent("1,234.50");
  expect(apple).toHaveTextContent("−2.25 %");
  expect(apple).toHaveTextContent("was hold");
  expect(apple).toHaveTextContent("−0.42");
  expect(apple).toHaveTextContent("confidence 90 %");
  expect(apple).toHaveTextContent("#core #phones");
  expect(await card("NVDA")).toHaveTextContent("+3.10 %");
});

test("a card's pictures and counts have words for a screen reader", async () => {
  opened();
  const apple = within(await card("AAPL"));
  expect(apple.getByRole("img", { name: "Score of AAPL −0.42" })).toBeInTheDocument();
  expect(apple.getByRole("img", { name: /AAPL, last 3 half hours/ })).toBeInTheDocument();
  expect(apple.getByRole("link", { name: "2 open alerts of AAPL" })).toHaveAttribute(
    "href",
    "/alerts?symbol=AAPL",
  );
  expect(apple.getByText("story in 24 hours")).toBeInTheDocument();
  expect(apple.getByRole("link", { name: /signal of AAPL/ })).toHaveAttribute(
    "href",
    "/symbols/AAPL/signals/2026-11-27T15:30:00Z",
  );
});

test("a stale card says why, one without price and signal says that", async () => {
  opened("/", overview([...THREE, glance("NEW", { price: null, signal: null, sparkline: null })]));
  const nvidia = within(await card("NVDA"));
  expect(nvidia.getByText("Stale")).toBeVisible();
  expect(nvidia.getByText("The price is 42 minutes old.")).toBeVisible();
  const fresh = within(await card("NEW"));
  expect(fresh.getByText("No signal yet.")).toBeVisible();
  expect(fresh.getByText("no price")).toBeVisible();
});

test("what is chosen stands in the URL, and the URL chooses", async () => {
  const { router } = opened("/?tag=core&at=2026-11-27T15:30Z");
  await cards();
  expect(order()).toEqual(["AAPL", "KO"]);
  await userEvent.selectOptions(screen.getByLabelText("Sorted by"), "score");
  expect(order()).toEqual(["KO", "AAPL"]);
  await userEvent.click(screen.getByRole("button", { name: "The other way round" }));
  expect(order()).toEqual(["AAPL", "KO"]);
  const search = new URLSearchParams(router.state.location.search);
  expect(Object.fromEntries(search)).toEqual({
    tag: "core",
    at: "2026-11-27T15:30Z",
    sort: "score",
    order: "reversed",
  });
});

test("where nothing is like what is sought, all can be shown again", async () => {
  const { router } = opened("/?sort=score");
  await cards();
  await userEvent.type(screen.getByLabelText("Symbol, name or tag"), "zz");
  expect(await screen.findByText("No symbol is like that.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Show all symbols" }));
  expect(order()).toEqual(["NVDA", "KO", "AAPL"]);
  expect(router.state.location.search).toBe("?sort=score");
  expect(screen.getByLabelText("Symbol, name or tag")).toHaveValue("");
});

test("the summary counts, and each count leads to what it counted", async () => {
  const { router } = opened();
  await cards();
  await userEvent.click(screen.getByRole("link", { name: "1 strong buy" }));
  expect(order()).toEqual(["NVDA"]);
  expect(router.state.location.search).toBe("?action=strong_buy");
  expect(screen.getByRole("link", { name: "2 open alerts" })).toHaveAttribute("href", "/alerts");
  expect(screen.getByRole("link", { name: "1 stale" })).toHaveAttribute(
    "href",
    "/?action=strong_buy&only=stale",
  );
});

test("the table has the same symbols, and its heads sort them", async () => {
  const { router } = opened("/?view=table");
  const table = await screen.findByRole("table", { name: "Watchlist" });
  const heads = () =>
    within(table)
      .getAllByRole("rowheader")
      .map((head) => head.textContent);
  expect(heads()).toEqual(["AAPL", "KO", "NVDA"]);
  await userEvent.click(within(table).getByRole("button", { name: "Change" }));
  expect(heads()).toEqual(["NVDA", "KO", "AAPL"]);
  const head = within(table).getByRole("columnheader", { name: "Change" });
  expect(head).toHaveAttribute("aria-sort", "descending");
  await userEvent.click(within(table).getByRole("button", { name: "Change" }));
  expect(head).toHaveAttribute("aria-sort", "ascending");
  expect(heads()).toEqual(["AAPL", "KO", "NVDA"]);
  expect(router.state.location.search).toBe("?view=table&sort=change&order=reversed");
  const apple = within(table).getAllByRole("row")[1];
  expect(apple).toHaveTextContent("−2.25 %");
});

const FALLEN = [
  ...THREE.slice(0, 2),
  glance("NVDA", { price: priced(150, -9), signal: signalled(-0.9, "strong_sell") }),
];

test.each([
  ["the pointer", async () => void (await userEvent.hover(await card("NVDA")))],
  [
    "the focus",
    async () =>
      act(async () =>
        within(await card("NVDA"))
          .getByText("NVDA")
          .focus(),
      ),
  ],
])("figures change under %s, and the order stays until it is sorted", async (_, come) => {
  const { tell } = opened("/?sort=change");
  await cards();
  await come();
  await tell(overview(FALLEN));
  await waitFor(async () => expect(await card("NVDA")).toHaveTextContent("−9.00 %"));
  expect(order()).toEqual(["NVDA", "KO", "AAPL"]);
  expect(screen.getByText("1 would move")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Sort now" }));
  expect(order()).toEqual(["KO", "AAPL", "NVDA"]);
});

test("where nobody points, the order follows at once", async () => {
  const { tell } = opened("/?sort=change");
  await cards();
  await tell(overview(FALLEN));
  await waitFor(() => expect(order()).toEqual(["KO", "AAPL", "NVDA"]));
  expect(screen.queryByText(/would move/)).toBeNull();
});

test("of more cards than come in a frame all come, and all change", async () => {
  const many = (change: number) =>
    overview(Array.from({ length: 22 }, (_, n) => glance(`S${n}`, { price: priced(100, change) })));
  const { tell } = opened("/", many(1));
  const list = await screen.findByRole("list", { name: "Watchlist" });
  await waitFor(() => expect(list.children).toHaveLength(22));
  await tell(many(-5));
  const changed = () => [...list.children].filter((one) => one.textContent?.includes("−5.00 %"));
  await waitFor(() => expect(changed()).toHaveLength(22));
});

test("a past slot is asked for as of it, and its ages are those of then", async () => {
  const { asked } = opened("/?at=2026-11-27T15:30Z");
  expect(await card("NVDA")).toHaveTextContent("42 min");
  const overviews = asked.filter(({ path }) => path === "/api/v1/overview");
  expect(overviews.map(({ search }) => search.get("at"))).toEqual(["2026-11-27T15:30:00Z"]);
  expect(asked.some(({ path }) => path === "/api/v1/freshness")).toBe(false);
  expect(screen.getByRole("link", { name: "AAPL" })).toHaveAttribute(
    "href",
    "/symbols/AAPL?at=2026-11-27T15%3A30Z",
  );
  expect(screen.getByRole("button", { name: "Follow a symbol" })).toBeDisabled();
});

test("while it is read it says so, and a failure can be tried again", async () => {
  let fails = true;
  opened("/", () => (fails ? problem(400, "The database rests.") : overview(THREE)));
  expect(screen.getByText("Loading")).toBeInTheDocument();
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("The database rests.");
  expect(alert).toHaveTextContent("req-1");
  fails = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await cards()).toHaveLength(3);
});

test("where nothing is followed it says what to do, and offers no filter", async () => {
  opened("/", overview([]));
  expect(await screen.findByText("Nothing is followed yet.")).toBeVisible();
  expect(screen.queryByLabelText("Sorted by")).toBeNull();
  expect(screen.getByRole("button", { name: "Follow a symbol" })).toBeEnabled();
});
