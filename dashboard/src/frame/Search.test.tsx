import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter, Route, Routes, useLocation } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";
import { problem, serve } from "@/testing/server";
import { useRecentKept } from "./recent";
import Search from "./Search";

const SYMBOLS = ["AAPL Apple Inc.", "KO The Coca-Cola Company", "MSFT Microsoft"].map((one) => {
  const [symbol, ...name] = one.split(" ");
  return { symbol, name: name.join(" ") };
});
const OVERVIEW = { at: null, markets: [], symbols: SYMBOLS, stale: 0 };

beforeEach(() => {
  localStorage.clear();
});

function Where() {
  useRecentKept();
  const { pathname, search } = useLocation();
  return <output aria-label="Address">{pathname + search}</output>;
}

function opened(path = "/", overview: unknown = OVERVIEW) {
  serve({ "/api/v1/overview": overview });
  const onClose = vi.fn();
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      <MemoryRouter initialEntries={[path]}>
        <Routes>
          <Route path="*" element={<Search onClose={onClose} />} />
        </Routes>
        <Where />
      </MemoryRouter>
    </QueryClientProvider>,
  );
  return onClose;
}

const names = () => screen.getAllByRole("option").map((one) => one.querySelector("strong"));
const texts = () => names().map((one) => one?.textContent);

test("an empty field offers first what was looked at last, if it is still followed", async () => {
  localStorage.setItem("recent-symbols", JSON.stringify(["MSFT", "GONE", "KO"]));
  opened();
  const recent = await screen.findByRole("option", { name: /MSFT/ });
  expect(texts().slice(0, 4)).toEqual(["MSFT", "KO", "AAPL", "Overview"]);
  expect(within(recent).getByLabelText("looked at lately")).toBeVisible();
  const other = screen.getByRole("option", { name: /AAPL/ });
  expect(within(other).queryByLabelText("looked at lately")).toBeNull();
});

test("letters find symbols and companies, and those that begin with them come first", async () => {
  localStorage.setItem("recent-symbols", JSON.stringify(["AAPL"]));
  opened();
  await screen.findByRole("option", { name: /KO/ });
  const field = screen.getByRole("combobox", { name: "Symbol, company or page" });
  expect(field).toHaveFocus();
  await userEvent.type(field, "co");
  expect(texts()).toEqual(["KO", "Track record"]);
  await userEvent.clear(field);
  await userEvent.type(field, "m");
  expect(texts()[0]).toBe("MSFT");
});

test("arrows go round, Enter goes there, and the past slot is kept", async () => {
  const onClose = opened("/?at=2026-11-27T15:30Z");
  await screen.findByRole("option", { name: /KO/ });
  const field = screen.getByRole("combobox");
  await userEvent.keyboard("{ArrowUp}");
  expect(screen.getByRole("option", { selected: true })).toHaveTextContent("Operations");
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");
  const chosen = screen.getByRole("option", { selected: true });
  expect(chosen).toHaveTextContent("KO");
  expect(field).toHaveAttribute("aria-activedescendant", chosen.id);
  await userEvent.keyboard("{Enter}");
  expect(onClose).toHaveBeenCalledOnce();
  expect(screen.getByLabelText("Address")).toHaveTextContent("/symbols/KO?at=2026-11-27T15:30Z");
  // Whose page was looked at is offered first from now on.
  expect(localStorage.getItem("recent-symbols")).toBe('["KO"]');
});

test("Escape closes it and goes nowhere", async () => {
  const onClose = opened();
  await screen.findByRole("option", { name: /KO/ });
  await userEvent.keyboard("k{Escape}");
  expect(onClose).toHaveBeenCalledOnce();
  expect(screen.getByLabelText("Address")).toHaveTextContent(/^\/$/);
});

test("where nothing matches it says so, and what to do", async () => {
  opened();
  await screen.findByRole("option", { name: /KO/ });
  await userEvent.keyboard("zzz{ArrowDown}{Enter}");
  expect(screen.queryAllByRole("option")).toEqual([]);
  const told = screen.getByText(/^Nothing that is followed is called “zzz”\. Try fewer letters/);
  expect(told).toHaveAttribute("role", "status");
  expect(screen.getByLabelText("Address")).toHaveTextContent(/^\/$/);
});

test("where the watchlist cannot be read, pages are there and the reason is told", async () => {
  opened("/", problem(503, "The database is away."));
  expect(await screen.findByText(/The database is away/)).toBeVisible();
  expect(texts()[0]).toBe("Overview");
});
