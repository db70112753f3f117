import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Suspense } from "react";
import { MemoryRouter, useLocation } from "react-router";
import { beforeEach, describe, expect, it } from "vitest";
import { problem, serve, session } from "@/testing/server";
import type { Analysis, Article, Story } from "./api";
import NewsPage from "./NewsPage";

const OVERVIEW = {
  at: null,
  markets: [],
  symbols: [
    { symbol: "AAPL", name: "Apple Inc." },
    { symbol: "KO", name: "The Coca-Cola Company" },
  ],
};

const STORY: Story = {
  story_id: 1200,
  headline: "Apple <b>beats</b> estimates",
  first_known_at: "2026-11-27T14:32:05Z",
  last_known_at: "2026-11-27T16:02:11Z",
  articles: 4,
  outlets: ["Alpha", "Beta", "Gamma", "Delta"],
  symbols: [
    { symbol: "AAPL", articles: 4, scored: 3, mean_score: 0.52 },
    { symbol: "KO", articles: 1, scored: 0, mean_score: null },
  ],
};

const ARTICLE: Article = {
  article_id: 4711,
  story_id: 1200,
  headline: "Apple beats estimates",
  summary: "Sales rose 9%.",
  outlet: "The Ledger",
  url: "https://ledger.example/apple",
  provider: "newsapi",
  published_at: "2026-11-27T14:31:00Z",
  observed_at: "2026-11-27T14:32:05Z",
  known_at: "2026-11-27T14:32:05Z",
  known_by: "live",
  symbols: [
    {
      symbol: "AAPL",
      relevance: 1,
      matched_by: "Apple in the headline",
      sentiment: {
        score: 0.61,
        label: "positive",
        confidence: 0.8,
        reason: "“beats estimates” is good",
        model_version: "local-1",
        answered_by: "local-1",
        scored_at: "2026-11-27T14:32:09Z",
        tokens: 0,
        cost_usd: "0",
        same_as: null,
        stands_in: {
          preferred_version: "gemini-1",
          reason: "gemini: the day's budget is spent.",
        },
      },
      unscored: null,
    },
    {
      symbol: "KO",
      relevance: 0.4,
      matched_by: "Coca-Cola in the summary",
      sentiment: null,
      unscored: "No model was asked yet.",
    },
  ],
};

const ANALYSIS: Analysis = {
  symbol: "AAPL",
  label: "negative",
  score: -0.42,
  confidence: 0.7,
  reasons: ["“recalls” is bad"],
  unscored: null,
  model: { version: "local-1", answered_by: "local-1", stood_in_for: [] },
  tokens: null,
  cost_usd: null,
};

const BASE = {
  "/api/v1/session": session(),
  "/api/v1/overview": OVERVIEW,
  "/api/v1/stories": { items: [STORY], next: null },
  "/api/v1/articles": { items: [ARTICLE], next: null },
};

beforeEach(() => sessionStorage.clear());

function Where() {
  return <output aria-label="Address">{useLocation().search}</output>;
}

function opened(search: string, answers: Parameters<typeof serve>[0] = {}) {
  const asked = serve({ ...BASE, ...answers });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      <MemoryRouter initialEntries={[`/news${search}`]}>
        <Suspense>
          <NewsPage />
        </Suspense>
        <Where />
      </MemoryRouter>
    </QueryClientProvider>,
  );
  return asked;
}

describe("the news", () => {
  it("shows stories with who told them and what was said, and opens their articles", async () => {
    const asked = opened("");
    const story = await screen.findByRole("article", { name: /beats<\/b> estimates/ });
    expect(story).toHaveTextContent("4 articles");
    expect(story).toHaveTextContent("Alpha, Beta, Gamma and 1 more");
    expect(within(story).getByText("+0.52")).toBeVisible();
    expect(within(story).getByText("no score")).toBeVisible();
    await userEvent.click(within(story).getByRole("button", { expanded: false }));
    expect(await within(story).findByText("“beats estimates” is good")).toBeVisible();
    expect(asked.at(-1)?.search.get("story")).toBe("1200");
  });

  it("shows an article's score, reason, model and stand-in, or why it has none", async () => {
    opened("?view=articles");
    const link = await screen.findByRole("link", { name: /Apple beats estimates/ });
    expect(link).toHaveAttribute("rel", "noopener noreferrer");
    const [apple, coke] = screen.getAllByRole("listitem").filter((one) => {
      return within(one).queryByRole("article") === null;
    });
    expect(apple).toHaveTextContent("+0.61");
    expect(apple).toHaveTextContent("“beats estimates” is good");
    expect(apple).toHaveTextContent("confidence 80 %, local-1");
    expect(apple).toHaveTextContent("stand-in for gemini-1: gemini: the day's budget is spent.");
    expect(coke).toHaveTextContent("no score No model was asked yet.");
  });

  it("asks of the past what was known at the slot", async () => {
    const asked = opened("?at=2026-11-27T15:30Z");
    await screen.findByRole("article");
    const stories = asked.find(({ path }) => path === "/api/v1/stories");
    expect(stories?.search.get("at")).toBe("2026-11-27T15:30:00Z");
    expect(screen.getByRole("button", { name: "Analyze" })).toBeDisabled();
  });

  it("says what to do where no filter finds any, and leaves the filters out", async () => {
    const none = { "/api/v1/articles": { items: [], next: null } };
    opened("?symbol=KO&q=merger", none);
    expect(await screen.findByText("No articles here")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Leave out the filters" }));
    expect(screen.getByLabelText("Address")).toBeEmptyDOMElement();
    expect(await screen.findByRole("article", { name: /estimates/ })).toBeVisible();
  });

  it("says what brings news where there are none at all", async () => {
    opened("", { "/api/v1/stories": { items: [], next: null } });
    expect(await screen.findByText(/The next tick brings what the providers have/)).toBeVisible();
  });

  it("tells a failure with its request id, and asks again", async () => {
    let away = true;
    opened("", {
      "/api/v1/stories": () =>
        away ? problem(503, "The database is away.") : { items: [STORY], next: null },
    });
    const told = await screen.findByRole("alert");
    expect(told).toHaveTextContent("The database is away.");
    expect(told).toHaveTextContent("req-1");
    away = false;
    await userEvent.click(within(told).getByRole("button"));
    expect(await screen.findByRole("article", { name: /estimates/ })).toBeVisible();
  });
});

describe("a headline to be analyzed", () => {
  const ask = async (text: string) => {
    const field = await screen.findByRole("textbox", { name: "Headline, or a few sentences" });
    await screen.findAllByRole("option", { name: "AAPL" });
    await userEvent.selectOptions(screen.getByRole("combobox", { name: "For whom" }), "AAPL");
    await userEvent.click(field);
    await userEvent.paste(text);
    await userEvent.click(screen.getByRole("button", { name: "Analyze" }));
  };

  it("is told with label, score, reason and model, and kept among the tries", async () => {
    const asked = opened("?analyze=1", { "POST /api/v1/analyze": ANALYSIS });
    await ask("  Apple recalls a phone ");
    expect(await screen.findByText("“recalls” is bad")).toBeVisible();
    expect(screen.getByText("negative")).toBeVisible();
    expect(screen.getAllByText("−0.42")[0]).toBeVisible();
    expect(screen.getByText("answered by").parentElement).toHaveTextContent("local-1");
    expect(asked.at(-1)?.body).toEqual({
      text: "Apple recalls a phone",
      symbol: "AAPL",
      summary: "",
    });
    const tries = screen.getByRole("region", { name: "Your last tries" });
    expect(within(tries).getByRole("button", { name: /Apple recalls a phone/ })).toBeVisible();
  });

  it("has no number where no model gave one", async () => {
    const unscored = { ...ANALYSIS, label: null, score: null, confidence: null, reasons: [] };
    opened("", {
      "POST /api/v1/analyze": { ...unscored, unscored: "The model refused the text." },
    });
    await ask("Apple");
    expect(await screen.findByText(/The model refused the text\. No number stands/)).toBeVisible();
  });

  it("is said not to be judged while the analyzer is away, and when to ask again", async () => {
    opened("", {
      "POST /api/v1/analyze": problem(503, "The analyzer is away.", { "Retry-After": "30" }),
    });
    await ask("Apple");
    expect(await screen.findByRole("alert")).toHaveTextContent("The analyzer is away.");
    expect(await screen.findByRole("button", { name: /Again in \d+ s/ })).toBeDisabled();
  });

  it("is refused in the server's sentence where it is too long, and kept as it was", async () => {
    opened("", { "POST /api/v1/analyze": problem(422, "The text is longer than 1000 letters.") });
    await ask("Apple recalls");
    expect(await screen.findByRole("alert")).toHaveTextContent("longer than 1000 letters");
    expect(screen.getByRole("textbox", { name: /Headline/ })).toHaveValue("Apple recalls");
  });

  it("needs a text and a symbol, and is no longer than the API takes", async () => {
    const asked = opened("");
    const field = await screen.findByRole("textbox", { name: "Headline, or a few sentences" });
    const button = screen.getByRole("button", { name: "Analyze" });
    expect(field).toHaveAttribute("maxlength", "1000");
    expect(button).toBeDisabled();
    await userEvent.type(field, "   {Control>}{Enter}{/Control}");
    expect(button).toBeDisabled();
    await waitFor(() => expect(asked.some(({ path }) => path.endsWith("stories"))).toBe(true));
    expect(asked.some(({ method }) => method === "POST")).toBe(false);
  });

  it("is nothing for a viewer, and he is told why", async () => {
    opened("", { "/api/v1/session": session("viewer") });
    expect(await screen.findByText(/A viewer may only look/)).toBeVisible();
    expect(screen.getByRole("textbox", { name: /^Headline/ })).toBeDisabled();
    expect(screen.getByRole("button", { name: "Analyze" })).toBeDisabled();
  });
});
