import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { configure, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { seeNothing } from "@/testing/unseen";
import { type Answers, answers } from "./answers.testing";
import SymbolPage from "./SymbolPage";

// The machines that test are busy with other tests.
configure({ asyncUtilTimeout: 5_000 });
vi.setConfig({ testTimeout: 20_000 });

const asked: URL[] = [];
let told: Answers;

function opened(path = "/symbols/KO") {
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    asked.push(url);
    const found = Object.entries(told).find(([route]) => new RegExp(route).test(url.pathname));
    if (!found) return Response.json({ detail: "Nothing there.", status: 404 }, { status: 404 });
    const answer = found[1];
    return answer instanceof Response ? answer.clone() : Response.json(answer);
  });
  const router = createMemoryRouter([{ path: "/symbols/:symbol", Component: SymbolPage }], {
    initialEntries: [path],
  });
  render(
    <QueryClientProvider
      client={new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 1e9 } } })}
    >
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return router;
}

/** What was asked of a path, the newest first. */
const askedOf = (path: string) => asked.filter((url) => url.pathname.endsWith(path)).reverse();
const panel = (name: string) => screen.findByRole("region", { name });
const cells = (row: HTMLElement) =>
  within(row)
    .getAllByRole("cell")
    .map((cell) => cell.textContent);

class Wide {
  constructor(private readonly hear: (entries: { contentRect: { width: number } }[]) => void) {}
  observe() {
    this.hear([{ contentRect: { width: 1000 } }]);
  }
  disconnect() {}
}

beforeEach(() => {
  asked.length = 0;
  told = answers();
  vi.stubGlobal("ResizeObserver", Wide);
  seeNothing();
});

describe("the symbol page", () => {
  it("tells who it is, what it costs, and what the strategy thinks", async () => {
    opened();
    expect(await screen.findByRole("heading", { level: 1, name: "KO" })).toBeVisible();
    expect(await screen.findByText("The Coca-Cola Company")).toBeVisible();
    expect(screen.getByText("70.50", { selector: "dd *" })).toBeVisible();
    expect(screen.getByText("+0.71 %", { selector: "dd *" })).toBeVisible();
    expect(screen.getByText("90 %", { selector: "dd *" })).toBeVisible();
    expect(screen.getByText(/^until/)).toBeVisible();
    expect(screen.getByRole("link", { name: "2 open alerts" })).toHaveAttribute(
      "href",
      "/alerts?symbol=KO&state=open",
    );
    await waitFor(() => expect(document.title).toBe("KO · Market watch"));
  });

  it("has a table behind the score whose contributions add up to it", async () => {
    opened();
    const scores = await panel("Score and contributions");
    await userEvent.click(await within(scores).findByRole("button", { name: "Show as a table" }));
    const rows = within(within(scores).getByRole("table")).getAllByRole("row").slice(1);
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      const figures = cells(row)
        .slice(1, -1)
        .map((text) => Number(text?.replace("\u2212", "-")));
      const score = figures.pop();
      expect(figures.reduce((sum, figure) => sum + figure, 0)).toBeCloseTo(score ?? Number.NaN, 9);
    }
  });

  it("has a table behind the price, the newest bar first", async () => {
    opened();
    const price = await panel("Price");
    expect(await within(price).findByRole("figure")).toHaveAccessibleName(/from 70\.00 to 70\.50/);
    await userEvent.click(within(price).getByRole("button", { name: "Show as a table" }));
    const [, first] = within(within(price).getByRole("table")).getAllByRole("row");
    expect(first && cells(first).slice(1)).toEqual(["70.30", "70.60", "70.20", "70.50", "3,000"]);
  });

  it("asks for as many points as there is room for, and tells what it left out", async () => {
    opened("/symbols/KO?range=1m&chart=line");
    await panel("Price");
    await waitFor(() => expect(askedOf("/bars")).not.toHaveLength(0));
    const query = askedOf("/bars")[0]?.searchParams;
    expect(query?.get("points")).toBe("500");
    expect(query?.get("interval")).toBe("30m");
    expect(await screen.findByText(/7 less relevant are not drawn/)).toBeVisible();
  });

  it("keeps the range in the URL, and longer ones are of days", async () => {
    const router = opened();
    await userEvent.click(await screen.findByRole("radio", { name: "1y" }));
    expect(router.state.location.search).toBe("?range=1y");
    await waitFor(() => expect(askedOf("/bars")[0]?.searchParams.get("interval")).toBe("1d"));
  });

  it("lists the articles with score and reason, and those of one story alone", async () => {
    const router = opened();
    const articles = await panel("Articles");
    const link = await within(articles).findByRole("link", { name: /Sales rise/ });
    expect(link).toHaveAttribute("rel", "noopener noreferrer");
    expect(within(articles).getByText('positive: "rise" is good')).toBeVisible();
    expect(within(articles).getByText("No score: The budget is spent.")).toBeVisible();
    expect(within(articles).queryByRole("link", { name: /A trap/ })).toBeNull();
    await userEvent.click(
      within(articles).getByRole("button", { name: "Only the story of “Sales rise”" }),
    );
    expect(router.state.location.search).toBe("?story=7");
    await waitFor(() => expect(askedOf("/articles")[0]?.searchParams.get("story")).toBe("7"));
    await userEvent.click(await screen.findByRole("button", { name: "Show all" }));
    expect(router.state.location.search).toBe("");
  });

  it("shows recent signals with what came after, and links to their pages", async () => {
    opened();
    const table = within(await panel("Recent signals"));
    const link = await table.findByRole("link", { name: /16:30|Nov 27/ });
    expect(link).toHaveAttribute("href", "/symbols/KO/signals/2026-11-27T16:30:00Z");
    expect(await table.findByText("+1.25 %")).toBeVisible();
    expect(table.getAllByText("waits")).toHaveLength(2);
  });

  it("asks all of a past slot, and tells nothing that was known later", async () => {
    opened("/symbols/KO?at=2026-11-27T16:30Z");
    const table = within(await panel("Recent signals"));
    await waitFor(() => expect(table.getAllByText("waits")).toHaveLength(3));
    await waitFor(() => expect(askedOf("/outcomes")).not.toHaveLength(0));
    for (const path of ["/bars", "/KO/signals", "/v1/signals", "/sentiment", "/outcomes"]) {
      expect(askedOf(path)[0]?.searchParams.get("to"), path).toMatch(/^2026-11-27T16:30:00/);
    }
    expect(askedOf("/KO/signals")[0]?.searchParams.get("first")).toBe("true");
    const link = table.getByRole("link", { name: /Nov 27/ });
    expect(link).toHaveAttribute("href", expect.stringContaining("at=2026-11-27T16%3A30Z"));
  });

  it("goes to the next and the previous symbol by keys, and keeps range and slot", async () => {
    const router = opened("/symbols/KO?range=1m&story=7");
    await screen.findByText("The Coca-Cola Company");
    fireEvent.keyDown(document.body, { key: "]" });
    await waitFor(() => expect(router.state.location.pathname).toBe("/symbols/MCD"));
    expect(router.state.location.search).toBe("?range=1m");
    fireEvent.keyDown(document.body, { key: "[" });
    await waitFor(() => expect(router.state.location.pathname).toBe("/symbols/KO"));
  });

  it("says what is not fresh", async () => {
    told = answers({ stale: ["No bar since 14:00."] });
    opened();
    expect(await screen.findByText("No bar since 14:00.")).toBeVisible();
  });

  it("tells a symbol that nobody knows in the server's words", async () => {
    told["/instruments/KO$"] = Response.json(
      { detail: "KO was never followed." },
      { status: 404, headers: { "X-Request-Id": "r-1" } },
    );
    opened();
    expect(await screen.findByRole("alert")).toHaveTextContent("KO was never followed.");
    expect(screen.getByText("r-1")).toBeVisible();
  });

  it("keeps its other panels where one fails, and asks again", async () => {
    told["/outcomes$"] = Response.json({ detail: "The database is away." }, { status: 503 });
    opened();
    const outcomes = within(await panel("Outcomes"));
    expect(await outcomes.findByText("The database is away.")).toBeVisible();
    told["/outcomes$"] = answers()["/outcomes$"];
    await userEvent.click(outcomes.getByRole("button", { name: "Try again" }));
    expect(await outcomes.findByText("60 %")).toBeVisible();
    expect(await screen.findByText("Sales rise")).toBeVisible();
  });

  it("says what to do where there are no bars", async () => {
    told = answers({ bars: 0 });
    const router = opened("/symbols/KO?range=1d");
    expect(await screen.findByText("No bars in this range")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Show all there is" }));
    expect(router.state.location.search).toBe("?range=all");
  });

  it("offers the strategies that judged something", async () => {
    const router = opened();
    const choice = await screen.findByRole("combobox", { name: "Strategy" });
    expect(
      within(choice)
        .getAllByRole("option")
        .map((one) => one.textContent),
    ).toEqual(["balanced-2 (primary)", "careful-1"]);
    await userEvent.selectOptions(choice, "careful-1");
    expect(router.state.location.search).toBe("?strategy=careful-1");
    await waitFor(() =>
      expect(askedOf("/KO/signals")[0]?.searchParams.get("strategy")).toBe("careful-1"),
    );
  });
});
