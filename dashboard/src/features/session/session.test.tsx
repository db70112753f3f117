import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { api, ask } from "@/api/client";
import { queryClient } from "@/api/queries";
import { problem, serve, session } from "@/testing/server";
import { setLoggedOut } from "./expiry";
import { SessionGate } from "./SessionGate";

const WRONG = "The token is missing or wrong: log in, or send Authorization: Bearer TOKEN.";
const COOKIE = { ...session(), login: "cookie", csrf_token: "csrf-1" };

afterEach(() => {
  setLoggedOut(false);
});

function Rules() {
  const rules = useQuery({
    queryKey: ["rules"],
    queryFn: ({ signal }) => ask(api.GET("/api/v1/rules", { signal })),
  });
  return (
    <>
      <p>{rules.isSuccess ? "the rules" : (rules.error?.message ?? "reading")}</p>
      <label>
        Note <input />
      </label>
      <button type="button" onClick={() => void rules.refetch()}>
        Read again
      </button>
    </>
  );
}

function opened() {
  render(
    <QueryClientProvider client={queryClient()}>
      <SessionGate>
        <Rules />
      </SessionGate>
    </QueryClientProvider>,
  );
}

test("nobody is asked to log in where nobody need", async () => {
  serve({ "/api/v1/session": session(), "/api/v1/rules": { items: [] } });
  opened();
  expect(await screen.findByText("the rules")).toBeVisible();
});

test("a wrong token is told in the server's sentence, and a right one lets in", async () => {
  const asked = serve({
    "/api/v1/session": problem(401, WRONG),
    "POST /api/v1/session": async (request: Request) =>
      (await request.json()).token === "right" ? COOKIE : problem(401, WRONG),
    "/api/v1/rules": { items: [] },
  });
  opened();
  const token = await screen.findByLabelText("Token");
  await userEvent.type(token, "wrong");
  await userEvent.click(screen.getByRole("button", { name: "Log in" }));
  await waitFor(() => expect(token).toHaveAccessibleDescription(WRONG));
  expect(token).toBeInvalid();
  expect(token).toHaveFocus();

  await userEvent.clear(token);
  await userEvent.type(token, "right");
  await userEvent.type(screen.getByLabelText("Your name"), "  Ada  ");
  await userEvent.click(screen.getByRole("button", { name: "Log in" }));
  expect(await screen.findByText("the rules")).toBeVisible();
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(asked.filter(({ method }) => method === "POST").at(-1)?.body).toEqual({
    token: "right",
    name: "Ada",
  });
});

test("after too many tries it waits as long as the server says", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  serve({
    "/api/v1/session": problem(401, WRONG),
    "POST /api/v1/session": problem(429, "Too many wrong tokens.", { "Retry-After": "12" }),
  });
  opened();
  await user.type(await screen.findByLabelText("Token"), "wrong");
  await user.click(screen.getByRole("button", { name: "Log in" }));
  expect(await screen.findByText("Too many wrong tokens.")).toBeVisible();
  expect(screen.getByRole("button", { name: /^Log in, in 1\d s$/ })).toBeDisabled();
  await act(() => vi.advanceTimersByTimeAsync(13_000));
  expect(screen.getByRole("button", { name: "Log in" })).toBeEnabled();
});

test("a session that ends while somebody types takes nothing from him", async () => {
  let known = true;
  serve({
    "/api/v1/session": COOKIE,
    "POST /api/v1/session": () => {
      known = true;
      return COOKIE;
    },
    "/api/v1/rules": () => (known ? { items: [] } : problem(401, WRONG)),
  });
  opened();
  await userEvent.type(await screen.findByLabelText("Note"), "half a rule");
  known = false;
  await userEvent.click(screen.getByRole("button", { name: "Read again" }));
  expect(await screen.findByRole("dialog", { name: "Your session has ended" })).toBeVisible();
  expect(screen.getByLabelText("Note")).toHaveValue("half a rule");
  expect(screen.getByLabelText("Your name")).toHaveValue("Ada");
  expect(screen.getByLabelText("Token")).toHaveFocus();

  await userEvent.type(screen.getByLabelText("Token"), "right");
  await userEvent.click(screen.getByRole("button", { name: "Log in" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(screen.getByRole("button", { name: "Read again" })).toHaveFocus();
  expect(screen.getByLabelText("Note")).toHaveValue("half a rule");
  expect(await screen.findByText("the rules")).toBeVisible();
});

test("the end of a session's time is told without anybody asking", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const ends = new Date(Date.now() + 60_000).toISOString();
  serve({
    "/api/v1/session": () =>
      Date.now() < Date.parse(ends) ? { ...COOKIE, expires_at: ends } : problem(401, WRONG),
    "/api/v1/rules": { items: [] },
  });
  opened();
  await screen.findByText("the rules");
  expect(screen.queryByRole("dialog")).toBeNull();
  await act(() => vi.advanceTimersByTimeAsync(62_500));
  expect(await screen.findByRole("dialog", { name: "Your session has ended" })).toBeVisible();
});

test("where the server is away, that is told and can be tried again", async () => {
  let away = true;
  serve({
    "/api/v1/session": () => (away ? problem(404, "Nothing answers here.") : session()),
    "/api/v1/rules": { items: [] },
  });
  opened();
  expect(await screen.findByRole("alert")).toHaveTextContent("Nothing answers here.");
  away = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("the rules")).toBeVisible();
});
