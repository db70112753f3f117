/** A signal's page with an API of its own, for its tests. */

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { Toasts } from "@/design/Toasts";
import type { WholeSignal } from "./api";
import SignalPage from "./SignalPage";
import { CLOSES } from "./sample";

export const SLOT = "2026-11-28T17:00:00Z";
const HALF_HOUR = 1_800_000;

function bars(closes: readonly number[]) {
  const opened = closes.map((_, n) => Date.parse(SLOT) - (closes.length - n) * HALF_HOUR);
  const written = (at: number) => new Date(at).toISOString();
  return {
    closed_at: opened.map((at) => written(at + HALF_HOUR)),
    close: closes,
    high: closes,
    low: closes,
    volume_shares: closes.map(() => 1000),
  };
}

/** What the API answers, by the end of the path. */
export function answering(signal: WholeSignal | null, asked: string[] = []) {
  vi.stubGlobal("fetch", async (request: Request | string) => {
    const url = new URL(typeof request === "string" ? request : request.url, location.href);
    asked.push(url.pathname + url.search);
    const answer = (body: unknown, status = 200) => Response.json(body, { status });
    if (url.pathname.includes("/signals/")) {
      const none = "AAPL has no signal at 2026-11-28 17:00Z of balanced-2.";
      return signal ? answer(signal) : answer({ status: 404, detail: none }, 404);
    }
    if (url.pathname.endsWith("/bars")) return answer(bars(CLOSES));
    if (url.pathname.endsWith("/AAPL/signals")) {
      return answer({ slot_at: ["2026-11-28T16:30:00Z", "2026-11-28T17:30:00Z"] });
    }
    if (url.pathname.endsWith("/overview")) {
      return answer({
        markets: [],
        symbols: [{ symbol: "AAPL", name: "Apple Inc.", mic: "XSIM" }],
      });
    }
    if (url.pathname === "/config.json") return answer({ dagster_url: "http://dagster.test" });
    if (url.pathname.endsWith("/strategies")) return answer([]);
    return answer({ items: [] });
  });
  return asked;
}

/** The page, opened at the slot; answers the router. */
export function opened(search = "") {
  const routes = [{ path: "/symbols/:symbol/signals/:slotAt", Component: SignalPage }];
  const router = createMemoryRouter(routes, {
    initialEntries: [`/symbols/AAPL/signals/${SLOT}${search}`],
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      <Toasts>
        <RouterProvider router={router} />
      </Toasts>
    </QueryClientProvider>,
  );
  return router;
}
