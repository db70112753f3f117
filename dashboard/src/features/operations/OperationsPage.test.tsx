import { QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Suspense } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { problem, serve, session } from "@/testing/server";
import { seeNothing } from "@/testing/unseen";
import OperationsPage from "./OperationsPage";
import { ANSWERS, CLUSTER, FRESH, NOW, QUOTA, RUN } from "./samples";

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true, now: new Date(NOW) });
  seeNothing();
});

const user = () => userEvent.setup({ advanceTimers: vi.advanceTimersByTime });

function opened(path: string, answers: Record<string, unknown> = {}) {
  const asked = serve({ ...ANSWERS, ...answers });
  const routes = [{ path: "/operations/*", Component: OperationsPage }];
  const router = createMemoryRouter(routes, { initialEntries: [path] });
  render(
    <QueryClientProvider client={queryClient()}>
      <Suspense>
        <RouterProvider router={router} />
      </Suspense>
    </QueryClientProvider>,
  );
  return { asked, router };
}

function slot(asset: string, slotAt: string, more: Record<string, unknown> = {}) {
  return {
    asset,
    slot_at: slotAt,
    state: "done",
    rows: 12,
    expected: 12,
    reasons: {},
    fallbacks: {},
    live: true,
    cutoff_at: slotAt,
    run_id: RUN.run_id,
    updated_at: slotAt,
    ...more,
  };
}

const PARTIAL = {
  "/api/v1/slots": (request: Request) => {
    const asset = new URL(request.url).searchParams.get("asset") ?? "";
    const lacks =
      asset === "market_bars" ? { state: "partial", reasons: { UNH: "no bar since 16:30Z" } } : {};
    return { items: [slot(asset, "2026-11-28T17:00:00Z", lacks)], next: null };
  },
};

test("the first line says that nothing is wrong", async () => {
  opened("/operations/health");
  expect(await screen.findByText(/^Nothing is wrong/)).toBeVisible();
});

test("the first line says what is wrong and leads there", async () => {
  const { router } = opened("/operations/health", {
    "/api/v1/runs": { items: [{ ...RUN, status: "failure" }], next: null },
  });
  await user().click(await screen.findByRole("link", { name: "the last tick failed" }));
  expect(router.state.location.pathname).toBe("/operations/runs");
});

test("the first line says what nobody could read", async () => {
  opened("/operations/cluster", { "/readyz": new Response("no", { status: 404 }) });
  expect(await screen.findByText(/Nobody knows of readiness/)).toBeVisible();
});

test("what is told in another shape is said not to be known, and the rest stays", async () => {
  opened("/operations/health", { "/api/v1/quotas": { error: "no" } });
  expect(await screen.findByText(/Nobody knows of quotas/)).toBeVisible();
  expect(screen.getByRole("link", { name: /^Cluster/ })).toBeVisible();
});

test("the same slots stand in a table, by state as the URL says", async () => {
  opened("/operations?view=table&state=partial", PARTIAL);
  const table = await screen.findByRole("table", { name: /^Slots/ });
  expect(within(table).getAllByRole("row")).toHaveLength(2);
  expect(within(table).getByText("UNH: no bar since 16:30Z")).toBeVisible();
});

test("a tick is asked for and followed until it ends", async () => {
  let status = "started";
  const { asked } = opened("/operations?view=table", {
    "POST /api/v1/ticks": { run_id: RUN.run_id, slot_at: RUN.slot_at },
    [`/api/v1/runs/${RUN.run_id}`]: () => ({ ...RUN, status }),
  });
  await user().click(await screen.findByRole("button", { name: "Run a tick now" }));
  const runs = await screen.findByRole("list", { name: "Runs that were asked for" });
  expect(await within(runs).findByText("started")).toBeVisible();
  expect(asked.find(({ method }) => method === "POST")?.body).toEqual({ slot_at: null });
  status = "success";
  await act(() => vi.advanceTimersByTimeAsync(2_100));
  expect(await within(runs).findByText("success")).toBeVisible();
  const before = asked.length;
  await act(() => vi.advanceTimersByTimeAsync(6_000));
  expect(asked.slice(before).filter(({ path }) => path.includes(RUN.run_id))).toEqual([]);
});

test("a slot's run is followed though another slot was chosen before the answer", async () => {
  let end: () => void = () => undefined;
  opened("/operations", {
    ...PARTIAL,
    "POST /api/v1/ticks": () =>
      new Promise((answered) => {
        end = () => answered({ run_id: RUN.run_id, slot_at: RUN.slot_at });
      }),
    [`/api/v1/runs/${RUN.run_id}`]: RUN,
  });
  const slots = await screen.findAllByRole("gridcell", { name: /partial/ });
  await user().click(slots[0] as HTMLElement);
  await user().click(await screen.findByRole("button", { name: "Run this slot" }));
  await user().click(screen.getAllByRole("gridcell", { name: /done/ })[0] as HTMLElement);
  expect(screen.queryByRole("button", { name: "Run this slot" })).toBeNull();
  end();
  expect(await screen.findByRole("list", { name: "Runs that were asked for" })).toBeVisible();
});

test("where nobody takes runs, that is said beside the button", async () => {
  opened("/operations?view=table", {
    "POST /api/v1/ticks": problem(503, "Nobody takes runs just now."),
  });
  await user().click(await screen.findByRole("button", { name: "Run a tick now" }));
  expect(await screen.findByText("Nobody takes runs just now.")).toBeVisible();
});

test("a backfill proposes the days that lack slots and says where nothing is missing", async () => {
  const { asked } = opened("/operations?view=table", {
    "/api/v1/freshness": { ...FRESH, missing_days: ["2026-11-20", "2026-11-21"] },
    "POST /api/v1/backfills": { run_ids: [], days: [] },
  });
  const form = await screen.findByRole("form", { name: "Backfill" });
  await waitFor(() =>
    expect(within(form).getByLabelText("First UTC day")).toHaveValue("2026-11-20"),
  );
  await user().click(within(form).getByRole("button", { name: "Backfill these days" }));
  expect(await within(form).findByText(/^Nothing is missing/)).toBeVisible();
  expect(asked.find(({ method }) => method === "POST")?.body).toEqual({
    first_on: "2026-11-20",
    last_on: "2026-11-21",
    again: false,
  });
});

test("a viewer sees why he may not ask for runs", async () => {
  opened("/operations?view=table", { "/api/v1/session": session("viewer") });
  const button = await screen.findByRole("button", { name: "Run a tick now" });
  await waitFor(() => expect(button).toBeDisabled());
  expect(button).toHaveAttribute("title", expect.stringContaining("viewer"));
});

test("of the past the slots up to it are shown, and what is of now is said to be", async () => {
  const { asked } = opened("/operations?at=2026-11-27T15:30Z");
  expect(await screen.findByText(/all else on this page is as of now/)).toBeVisible();
  await waitFor(() => expect(asked.some(({ path }) => path === "/api/v1/slots")).toBe(true));
  const slots = asked.find(({ path }) => path === "/api/v1/slots");
  expect(slots?.search.get("to")).toBe("2026-11-27T15:30:01.000Z");
});

test("runs are listed, and one leads to its steps, its faults and Dagster", async () => {
  opened("/operations/runs");
  await user().click(await screen.findByRole("link", { name: /^tick of/ }));
  expect(await screen.findByText("UNH: the one bar that was due did not come.")).toBeVisible();
  const steps = screen.getByRole("table", { name: "Steps of the run" });
  expect(within(steps).getByText("market bars")).toBeVisible();
  expect(await screen.findByRole("link", { name: /^Open in Dagster/ })).toHaveAttribute(
    "href",
    `http://dagster.test/runs/${RUN.run_id}`,
  );
});

test("older runs come when they are asked for", async () => {
  const older = { ...RUN, run_id: "older-run", slot_at: null, job: "outcome_review" };
  opened("/operations/runs", {
    "/api/v1/runs": (request: Request) =>
      new URL(request.url).searchParams.get("cursor") === "c2"
        ? { items: [older], next: null }
        : { items: [RUN], next: "c2" },
  });
  await user().click(await screen.findByRole("button", { name: "Older runs" }));
  expect(await screen.findByRole("link", { name: "outcome review" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Older runs" })).toBeNull();
});

test("a run that is not there is told in the server's sentence", async () => {
  opened("/operations/runs/nobody");
  expect(await screen.findByText("There is no /api/v1/runs/nobody.")).toBeVisible();
});

test("a provider's day is shown with its reset in its own zone, and its trouble", async () => {
  const trouble = "is left alone until 17:45Z: it failed 5 times in a row";
  const circuit = { failures: 5, paused_until: "2026-11-28T17:45:00Z", told: "Unavailable" };
  opened("/operations/quotas", {
    "/api/v1/quotas": { providers: [QUOTA, { ...QUOTA, provider: "yahoo", trouble, circuit }] },
  });
  const [first, second] = within(await screen.findByRole("list", { name: "Providers" }))
    .getAllByRole("listitem")
    .filter((item) => item.parentElement?.ariaLabel === "Providers");
  if (!first || !second) throw new Error("A provider lacks.");
  expect(within(first).getByText("00:00 in America/New_York")).toBeVisible();
  expect(within(first).getByRole("meter", { name: "Requests today" })).toHaveAttribute(
    "aria-valuetext",
    "21 of 25, 4 left",
  );
  expect(within(second).getByText("left alone")).toBeVisible();
  expect(
    within(second).getByText(/It is left alone .* The last error was Unavailable\./),
  ).toBeVisible();
});

test("calls are filtered by the URL", async () => {
  const { asked, router } = opened("/operations/quotas?provider=yahoo");
  await screen.findByText("No such call.");
  expect(asked.find(({ path }) => path === "/api/v1/calls")?.search.get("provider")).toBe("yahoo");
  await user().selectOptions(screen.getByLabelText("State"), "refused");
  expect(router.state.location.search).toBe("?provider=yahoo&call=refused");
  await waitFor(() =>
    expect(
      asked
        .filter(({ path }) => path === "/api/v1/calls")
        .at(-1)
        ?.search.get("state"),
    ).toBe("refused"),
  );
});

test("the cluster is asked again every 15 seconds, and says what it may not show", async () => {
  const resource = {
    kind: "Pod",
    name: "watch-deliverer",
    component: "deliverer",
    status: "crash loop",
    healthy: false,
    created_at: NOW,
    age_seconds: 60,
    restarts: 7,
    node: null,
    images: [],
    last_end: { reason: "OOMKilled", exit_code: 137, ended_at: NOW },
    cpu_cores: null,
    memory_bytes: null,
  };
  const running = {
    ...CLUSTER.running,
    place: "kubernetes",
    resources: [resource],
    not_shown: ["Jobs are not shown: it is forbidden."],
  };
  const { asked } = opened("/operations/cluster", {
    "/api/v1/cluster": { ...CLUSTER, running, database: null, database_problem: "It is away." },
  });
  expect(await screen.findByText("not healthy")).toBeVisible();
  expect(screen.getByText("Jobs are not shown: it is forbidden.")).toBeVisible();
  expect(screen.getByText("crash loop")).toBeVisible();
  expect(screen.getByText("It is away.")).toBeVisible();
  const times = () => asked.filter(({ path }) => path === "/api/v1/cluster").length;
  const before = times();
  await act(() => vi.advanceTimersByTimeAsync(15_100));
  expect(times()).toBe(before + 1);
});

test("health says what /readyz says, also where it is not ready", async () => {
  const told = { status: "not ready", reasons: ["The database is away."] };
  opened("/operations/health", { "/readyz": Response.json(told, { status: 503 }) });
  expect(await screen.findByText("It should not be asked just now.")).toBeVisible();
  expect(screen.getByText("The database is away.")).toBeVisible();
});

test("a place that is none says so", async () => {
  opened("/operations/nowhere");
  expect(await screen.findByText("There is no such page.")).toBeVisible();
});
