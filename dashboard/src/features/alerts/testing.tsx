/** The alert center for tests: rendered whole, over answers that are told. */

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { Suspense } from "react";
import { MemoryRouter, Route, Routes, useLocation } from "react-router";
import { vi } from "vitest";
import { Toasts } from "@/design/Toasts";
import AlertsPage from "./AlertsPage";
import type { Alert, Rule } from "./api";

export interface Asked {
  method: string;
  path: string;
  search: URLSearchParams;
  headers: Headers;
  body: unknown;
}

type Answer = unknown | ((asked: Asked) => unknown);

/** A refusal as the API gives it. */
export function problem(status: number, detail: string, errors?: readonly string[]): Response {
  const told = { title: "Refused", status, detail, ...(errors ? { errors } : {}) };
  return Response.json(told, { status, headers: { "X-Request-Id": "r-1" } });
}

/** An alert that fires. */
export function alertOf(alert_id: number, more: Partial<Alert> = {}): Alert {
  return {
    alert_id,
    rule: "big-fall",
    subject: "AAPL",
    tags: [],
    severity: "critical",
    started_at: "2026-11-28T15:30:00Z",
    resolved_at: null,
    acknowledged_at: null,
    acknowledged_by: null,
    phase: "firing",
    value: -2.5,
    reason: "Price -2.5 % in 2h is below -2 %.",
    silenced_by: null,
    ...more,
  };
}

/** A rule that is calm. */
export function ruleOf(name: string, definition: Record<string, unknown>): Rule {
  return {
    name,
    version: 1,
    definition,
    changed_at: "2026-11-28T15:00:00Z",
    sentence: `What ${name} says.`,
    error: null,
    firing: 0,
    pending: 0,
  };
}

export const FALL = {
  metric: "price_change_pct",
  window: "2h",
  below: -2,
  clear: -1,
  severity: "critical",
  notify: ["anna"],
};

const BASE: Readonly<Record<string, Answer>> = {
  "GET /session": {
    role: "editor",
    name: "Ada",
    login: "none",
    expires_at: null,
    csrf_token: null,
  },
  "GET /overview": { at: null, markets: [], symbols: [], stale: 0 },
  "GET /rules": { items: [ruleOf("big-fall", FALL)], next: null },
  "GET /people": [
    {
      name: "anna",
      version: 1,
      time_zone: "UTC",
      quiet_hours: null,
      sms_per_day: null,
      definition: {},
      contacts: [
        { channel: "email", address: "a…@example.com", contact_id: 1, disabled_because: null },
        {
          channel: "sms",
          address: "+49…78",
          contact_id: 2,
          disabled_because: "The number has opted out.",
        },
      ],
    },
  ],
};

function Where() {
  const { pathname, search } = useLocation();
  return <output aria-label="Address">{pathname + search}</output>;
}

/**
 * Shows a page of the alert center.
 *
 * @param answers By method and path, as `GET /alerts`; `Response`s and functions too.
 * @returns What was asked, in order, growing.
 */
export function visit(path: string, answers: Readonly<Record<string, Answer>>): Asked[] {
  const all: Readonly<Record<string, Answer>> = { ...BASE, ...answers };
  const log: Asked[] = [];
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(private readonly told: (entries: unknown[]) => void) {}
      observe() {
        this.told([{ isIntersecting: true }]);
      }
      disconnect() {}
    },
  );
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    const text = await request.clone().text();
    const asked: Asked = {
      method: request.method,
      path: url.pathname.replace("/api/v1", ""),
      search: url.searchParams,
      headers: request.headers,
      body: text ? JSON.parse(text) : undefined,
    };
    log.push(asked);
    const answer = all[`${asked.method} ${asked.path}`];
    const told: unknown = typeof answer === "function" ? await answer(asked) : answer;
    if (told instanceof Response) return told.clone();
    return told === undefined
      ? problem(404, "There is nothing at this path.")
      : Response.json(told);
  });
  const queries = new QueryClient({
    defaultOptions: { queries: { retry: false, networkMode: "always" } },
  });
  render(
    <QueryClientProvider client={queries}>
      <Toasts>
        <MemoryRouter initialEntries={[path]}>
          <Suspense>
            <Routes>
              <Route path="/alerts/*" element={<AlertsPage />} />
            </Routes>
          </Suspense>
          <Where />
        </MemoryRouter>
      </Toasts>
    </QueryClientProvider>,
  );
  return log;
}

/** Open and ended alerts, as the two lists ask. */
export function lists(open: readonly Alert[], ended: readonly Alert[] = []) {
  return ({ search }: Asked) => ({
    items: search.get("state") === "resolved" ? ended : open,
    next: null,
  });
}
