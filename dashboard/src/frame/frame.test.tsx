import {
  type QueryClient,
  QueryClientProvider,
  useMutation,
  useQuery,
} from "@tanstack/react-query";
import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, Link, type RouteObject, RouterProvider } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";
import { api, ask } from "@/api/client";
import { queryClient } from "@/api/queries";
import { overviewQuery } from "@/api/shared";
import { Answer } from "@/design/States";
import { Toasts } from "@/design/Toasts";
import { Live } from "@/live/Live";
import { FakeSocket } from "@/testing/FakeSocket";
import { problem, serve, session } from "@/testing/server";
import { AppFrame } from "./AppFrame";
import { Broken } from "./Broken";
import { type PageKey, usePageKeys } from "./keys";
import { Refusals } from "./Refusals";

const OVERVIEW = { at: null, simulated: true, markets: [], symbols: [], stale: 0 };
const ANSWERS = {
  "/api/v1/session": session(),
  "/api/v1/overview": OVERVIEW,
  "/api/v1/alerts": { items: [{}, {}], next: null },
};
let queries: QueryClient;

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  FakeSocket.install();
  sessionStorage.clear();
  queries = queryClient();
});

const KEYS: readonly PageKey[] = [{ keys: ["x"], does: "Something of this page" }];

function Home() {
  usePageKeys(KEYS);
  return (
    <>
      <h1>Home</h1>
      <Link to="/?part=two">Part two</Link>
      <Link to="/other">Other</Link>
    </>
  );
}

const Nothing = () => null;
const Other = () => <h1>Other</h1>;

function Bad(): never {
  throw new Error("The page failed on a row.");
}

function opened(pages: RouteObject[] = []) {
  const router = createMemoryRouter([
    {
      path: "/",
      Component: AppFrame,
      ErrorBoundary: Broken,
      HydrateFallback: Nothing,
      children: [
        {
          ErrorBoundary: Broken,
          children: [
            { index: true, Component: Home },
            { path: "other", Component: Other },
            ...pages,
          ],
        },
      ],
    },
  ]);
  render(
    <QueryClientProvider client={queries}>
      <Live>
        <Toasts>
          <Refusals />
          <RouterProvider router={router} />
        </Toasts>
      </Live>
    </QueryClientProvider>,
  );
  return router;
}

test("who goes to another page is taken to its name; a first visit and a part are left alone", async () => {
  serve(ANSWERS);
  opened();
  await screen.findByRole("heading", { name: "Home" });
  expect(document.body).toHaveFocus();
  const part = screen.getByRole("link", { name: "Part two" });
  await userEvent.click(part);
  expect(part).toHaveFocus();
  await userEvent.click(screen.getByRole("link", { name: "Other" }));
  await waitFor(() => expect(screen.getByRole("heading", { name: "Other" })).toHaveFocus());
});

test("the first thing the keyboard reaches leads to the page, and the URL stays", async () => {
  serve(ANSWERS);
  const router = opened();
  await screen.findByRole("heading", { name: "Home" });
  await userEvent.tab();
  expect(screen.getByRole("link", { name: "Skip to the page" })).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  expect(screen.getByRole("main")).toHaveFocus();
  expect(router.state.location.hash).toBe("");
});

test("keys lead to pages, and the help lists those of the page as well", async () => {
  serve(ANSWERS);
  opened();
  await screen.findByRole("heading", { name: "Home" });
  await userEvent.keyboard("?");
  const help = await screen.findByRole("dialog", { name: "Keyboard" });
  expect(within(help).getByText("Something of this page")).toBeVisible();
  for (const name of ["overview", "news", "alerts", "track record", "operations"]) {
    expect(within(help).getByText(`Go to ${name}`)).toBeVisible();
  }
  await userEvent.click(within(help).getByRole("button", { name: "Close" }));
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("settings keep the theme and which colour rises in this browser", async () => {
  serve(ANSWERS);
  opened();
  await userEvent.click(await screen.findByRole("button", { name: "Settings" }));
  const settings = await screen.findByRole("dialog", { name: "Settings" });
  await userEvent.click(await within(settings).findByRole("radio", { name: "Dark" }));
  await userEvent.click(within(settings).getByRole("radio", { name: "Red" }));
  expect(document.documentElement.dataset).toMatchObject({ theme: "dark", rise: "red" });
  expect(JSON.parse(localStorage.getItem("appearance") ?? "")).toEqual({
    theme: "dark",
    rise: "red",
  });
  expect(within(settings).queryByRole("button", { name: "Log out" })).toBeNull();
  await userEvent.click(within(settings).getByRole("radio", { name: "System" }));
  await userEvent.click(within(settings).getByRole("radio", { name: "Teal" }));
  expect(document.documentElement.dataset.theme).toBeUndefined();
});

test("who cannot be logged out is told that he is still logged in", async () => {
  serve({
    ...ANSWERS,
    "/api/v1/session": { ...session(), login: "cookie" },
    "DELETE /api/v1/session": problem(503, "The database is away."),
  });
  opened();
  await userEvent.click(await screen.findByRole("button", { name: "Settings" }));
  await userEvent.click(await screen.findByRole("button", { name: "Log out" }));
  expect(await screen.findByText(/still logged in: The database is away/)).toBeVisible();
});

test("who is not known any more is logged out already", async () => {
  const assign = vi.fn();
  vi.stubGlobal("location", { ...location, href: location.href, origin: location.origin, assign });
  serve({
    ...ANSWERS,
    "/api/v1/session": { ...session(), login: "cookie" },
    "DELETE /api/v1/session": problem(401, "The session has ended."),
  });
  opened();
  await userEvent.click(await screen.findByRole("button", { name: "Settings" }));
  await userEvent.click(await screen.findByRole("button", { name: "Log out" }));
  await waitFor(() => expect(assign).toHaveBeenCalledWith("/"));
});

test("a lost stream is told with the age of what is shown, until it is back", async () => {
  serve(ANSWERS);
  opened();
  await screen.findByRole("heading", { name: "Home" });
  FakeSocket.last.send({ type: "hello", cursor: "c1", delayed: false });
  expect(screen.getByText("Live")).toBeVisible();
  FakeSocket.last.drop();
  const banner = screen.getByText("Disconnected.").closest("div");
  expect(banner).toHaveAttribute("role", "status");
  expect(banner).toHaveTextContent(/was live .+ ago; it is asked for every 15 seconds/);
  act(() => void dispatchEvent(new Event("online")));
  FakeSocket.last.send({ type: "hello", cursor: "c1", delayed: false });
  expect(screen.queryByText("Disconnected.")).toBeNull();
  FakeSocket.last.send({ type: "heartbeat", cursor: "c1", delayed: true });
  expect(screen.getByText(/cannot follow its database/)).toBeVisible();
});

test("an address that names no slot is told, and the present is shown", async () => {
  serve(ANSWERS);
  const router = opened();
  await screen.findByRole("heading", { name: "Home" });
  await act(() => router.navigate("/?at=2026-02-31T15:30Z"));
  expect(screen.getByText(/names no slot \(2026-02-31T15:30Z\)/)).toBeVisible();
  await act(() => router.navigate("/?at=2026-02-28T15:30Z"));
  expect(screen.queryByText(/names no slot/)).toBeNull();
});

test("an edit that is refused unexpectedly is told in the server's sentence", async () => {
  serve({ ...ANSWERS, "POST /api/v1/ticks": problem(403, "A viewer may only look.") });
  const router = opened([{ path: "edit", Component: Edit }]);
  await screen.findByRole("heading", { name: "Home" });
  await act(() => router.navigate("/edit"));
  await userEvent.click(await screen.findByRole("button", { name: "Loud" }));
  const notices = screen.getByRole("list", { name: "Notices" });
  expect(await within(notices).findByText("A viewer may only look.")).toBeVisible();
});

function Edit() {
  const edit = useMutation({
    mutationFn: () => ask(api.POST("/api/v1/ticks", { body: { slot_at: null } })),
  });
  return (
    <button type="button" onClick={() => edit.mutate()}>
      Loud
    </button>
  );
}

test("a page whose code is gone after an update is loaded anew, once", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const reload = vi.fn();
  vi.stubGlobal("location", { ...location, href: location.href, origin: location.origin, reload });
  serve(ANSWERS);
  const gone = () => {
    throw new TypeError("Failed to fetch dynamically imported module: /assets/Gone-1.js");
  };
  const router = opened([{ path: "gone", lazy: async () => ({ Component: gone }) }]);
  await screen.findByRole("heading", { name: "Home" });
  await act(() => router.navigate("/gone"));
  await waitFor(() => expect(reload).toHaveBeenCalledTimes(1));
  await act(() => router.navigate("/"));
  await act(() => router.navigate("/gone"));
  expect(
    await screen.findByText(/cannot be loaded: the server is away or was updated/),
  ).toBeVisible();
  expect(reload).toHaveBeenCalledTimes(1);
  // The frame stays around it.
  expect(screen.getByRole("navigation", { name: "Pages" })).toBeVisible();
});

test("answers of another shape leave the frame, and the page that asks tells it", async () => {
  serve({
    "/api/v1/session": session(),
    "/api/v1/overview": { error: "no" },
    "/api/v1/alerts": [],
  });
  const router = opened([{ path: "asks", Component: Asks }]);
  await screen.findByRole("heading", { name: "Home" });
  await act(() => router.navigate("/asks"));
  expect(await screen.findByText("The server’s answer cannot be read.")).toBeVisible();
  expect(screen.getByRole("navigation", { name: "Pages" })).toBeVisible();
});

function Asks() {
  const query = useQuery({ ...overviewQuery(null), retry: false });
  return (
    <Answer query={query} skeleton={null}>
      {({ symbols }) => <p>{symbols.length} symbols</p>}
    </Answer>
  );
}

test("another failure of a page is told, and the frame stays", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  serve(ANSWERS);
  const router = opened([
    {
      path: "bad",
      Component: Bad,
    },
  ]);
  await screen.findByRole("heading", { name: "Home" });
  await act(() => router.navigate("/bad"));
  expect(await screen.findByRole("alert")).toHaveTextContent("The page failed on a row.");
  await act(() => router.navigate("/nowhere"));
  expect(await screen.findByText("There is no such page.")).toBeVisible();
});
