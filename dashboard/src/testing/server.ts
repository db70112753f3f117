/** The API as a test wants it: answers by path, and what was asked. */

import { vi } from "vitest";

type Answer = unknown | Response | ((request: Request) => unknown | Response | Promise<unknown>);

export interface Asked {
  method: string;
  path: string;
  search: URLSearchParams;
  body: unknown;
}

/** A problem as the API tells it. */
export function problem(status: number, detail: string, headers: Record<string, string> = {}) {
  return Response.json(
    { title: "", status, detail },
    { status, headers: { "X-Request-Id": "req-1", ...headers } },
  );
}

/**
 * Puts it in place of `fetch`. Keys are `/api/v1/runs` or `POST /api/v1/ticks`; what has none is
 * answered with 404.
 */
export function serve(answers: Record<string, Answer>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", async (input: Request | string) => {
    const request = input instanceof Request ? input : new Request(input);
    const url = new URL(request.url);
    const text = request.method === "GET" ? "" : await request.clone().text();
    const { method } = request;
    asked.push({
      method,
      path: url.pathname,
      search: url.searchParams,
      body: text ? JSON.parse(text) : null,
    });
    const found = answers[`${method} ${url.pathname}`] ?? answers[url.pathname];
    if (found === undefined) return problem(404, `There is no ${url.pathname}.`);
    const told: unknown = typeof found === "function" ? await found(request) : found;
    return told instanceof Response ? told.clone() : Response.json(told);
  });
  return asked;
}

/** The session of somebody; without a login, as on one's own machine. */
export function session(role: "viewer" | "editor" = "editor") {
  return { role, name: "Ada", login: "none", expires_at: null, csrf_token: null };
}
