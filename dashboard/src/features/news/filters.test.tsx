import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Suspense } from "react";
import { MemoryRouter, useLocation } from "react-router";
import { expect, it } from "vitest";
import { serve, session } from "@/testing/server";
import NewsPage from "./NewsPage";

function Where() {
  return <output aria-label="Address">{useLocation().search}</output>;
}

it("leaves the focus to whoever types words, also beside a headline to be analyzed", async () => {
  serve({
    "/api/v1/session": session(),
    "/api/v1/overview": { at: null, markets: [], symbols: [] },
    "/api/v1/stories": { items: [], next: null },
    "/api/v1/articles": { items: [], next: null },
  });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MemoryRouter initialEntries={["/news?analyze=1"]}>
        <Suspense>
          <NewsPage />
        </Suspense>
        <Where />
      </MemoryRouter>
    </QueryClientProvider>,
  );
  const text = await screen.findByRole("textbox", { name: /^Headline/ });
  await waitFor(() => expect(text).toHaveFocus());
  const words = screen.getByRole("searchbox", { name: "Words of a headline" });
  await userEvent.type(words, "apple ");
  await waitFor(() => expect(screen.getByLabelText("Address")).toHaveTextContent("q=apple"));
  expect(words).toHaveFocus();
  await userEvent.keyboard("pay");
  expect(words).toHaveValue("apple pay");
});
