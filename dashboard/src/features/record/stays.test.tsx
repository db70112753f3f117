import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { expect, it } from "vitest";
import { problem, serve } from "@/testing/server";
import RecordPage from "./RecordPage";

it("keeps what it showed where it cannot be asked again, and says why", async () => {
  let away = false;
  serve({
    "/api/v1/overview": { markets: [], symbols: [], stale: 0 },
    "/api/v1/outcomes": () =>
      away
        ? problem(503, "The database is away.")
        : { live: true, simulated: true, strategies: [], sentiment: [] },
  });
  const queries = new QueryClient();
  render(
    <QueryClientProvider client={queries}>
      <MemoryRouter initialEntries={["/record"]}>
        <RecordPage />
      </MemoryRouter>
    </QueryClientProvider>,
  );
  expect(await screen.findByText("No live signals here")).toBeVisible();
  away = true;
  await act(() => queries.invalidateQueries({ queryKey: ["outcomes"] }));
  expect(await screen.findByText("The database is away.")).toBeVisible();
  expect(screen.getByText("No live signals here")).toBeVisible();
});
