import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { Toasts } from "@/design/Toasts";
import { Refusals } from "@/frame/Refusals";
import { problem, serve, session } from "@/testing/server";
import { EditWatched, FollowButton } from "./shared";
import { tagsOf, wrongTag } from "./tags";

const KO = {
  symbol: "KO",
  name: "Coca-Cola",
  aliases: ["Coke"],
  mic: "XNYS",
  currency: "USD",
  tags: ["core"],
};
const WATCHED = { instrument: KO, added_at: "2026-11-01T10:00:00Z", version: "v1" };
const READ = () => Response.json(WATCHED, { headers: { ETag: '"v1"' } });
const SAVED = () =>
  Response.json({ watched: WATCHED, source: null, warnings: [] }, { headers: { ETag: '"v2"' } });
const PATH = "/api/v1/watchlist/KO";
const closed = vi.fn();

function Page() {
  const [left, setLeft] = useState(false);
  return (
    <>
      <FollowButton tags={["core", "chips"]} />
      {!left && <EditWatched symbol="KO" tags={["core", "chips"]} onClose={closed} />}
      <button type="button" data-testid="leave" onClick={() => setLeft(true)} />
    </>
  );
}

function opened(answers: Record<string, unknown>, role: "viewer" | "editor" = "editor") {
  const sent: Request[] = [];
  const keep = (answer: unknown) => (request: Request) => {
    sent.push(request);
    return typeof answer === "function" ? answer(request) : answer;
  };
  const asked = serve(
    Object.fromEntries(Object.entries(answers).map(([path, answer]) => [path, keep(answer)])),
  );
  const queries = queryClient();
  queries.setQueryData(["session"], session(role));
  render(
    <QueryClientProvider client={queries}>
      <Toasts>
        <Refusals />
        <RouterProvider router={createMemoryRouter([{ path: "*", Component: Page }])} />
      </Toasts>
    </QueryClientProvider>,
  );
  const requests = (method: string) => sent.filter((request) => request.method === method);
  const bodies = (method: string) =>
    asked.filter((one) => one.method === method).map(({ body }) => body);
  return { requests, bodies };
}

const dialog = async (name: string | RegExp) => within(await screen.findByRole("dialog", { name }));

test("a symbol is followed only where it was not, and what was looked up is told", async () => {
  const { requests, bodies } = opened({
    [PATH]: READ,
    "PUT /api/v1/watchlist/NVDA": {
      watched: { ...WATCHED, instrument: { ...KO, symbol: "NVDA", name: "NVIDIA Corporation" } },
      source: "edgar",
      warnings: ["Its exchange is a guess."],
    },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Follow a symbol" }));
  const form = await dialog("Follow a symbol");
  await userEvent.type(form.getByLabelText("Symbol"), " nvda");
  await userEvent.click(form.getByRole("button", { name: "#chips" }));
  await userEvent.click(form.getByRole("button", { name: "Follow" }));
  const done = await dialog("NVDA is followed");
  expect(done.getByText("NVIDIA Corporation")).toBeVisible();
  expect(done.getByText("Its exchange is a guess.")).toBeVisible();
  expect(bodies("PUT")).toEqual([{ look_up: true, tags: ["chips"] }]);
  expect(requests("PUT")[0]?.headers.get("If-None-Match")).toBe("*");
});

test("a symbol that is refused stays in the form, with the server's sentence", async () => {
  opened({
    [PATH]: READ,
    "PUT /api/v1/watchlist/ZZ": problem(422, "No vendor knows ZZ; say its name."),
  });
  await userEvent.click(await screen.findByRole("button", { name: "Follow a symbol" }));
  const form = await dialog("Follow a symbol");
  const symbol = form.getByLabelText("Symbol");
  await userEvent.type(symbol, "ZZ{Enter}");
  await waitFor(() =>
    expect(symbol).toHaveAccessibleDescription("No vendor knows ZZ; say its name."),
  );
  expect(symbol).toHaveValue("ZZ");
});

test("tags are changed under the tag that was read, and Undo takes it back", async () => {
  closed.mockClear();
  const { requests, bodies } = opened({ [PATH]: READ, [`PUT ${PATH}`]: SAVED });
  const form = await dialog("KO");
  const tags = await form.findByLabelText("Tags");
  expect(form.getByRole("button", { name: "Save" })).toBeDisabled();
  await userEvent.type(tags, ", Mega cap");
  await userEvent.click(form.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(closed).toHaveBeenCalledTimes(1));
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() =>
    expect(bodies("PUT")).toEqual([
      { look_up: false, tags: ["core", "mega-cap"] },
      { look_up: false, tags: ["core"] },
    ]),
  );
  expect(requests("PUT").map(({ headers }) => headers.get("If-Match"))).toEqual(['"v1"', '"v2"']);
});

test("where somebody else was faster, it says so and reads again", async () => {
  let tags = ["core"];
  opened({
    [PATH]: () =>
      Response.json(
        { ...WATCHED, instrument: { ...KO, tags } },
        { headers: { ETag: `"${tags.length}"` } },
      ),
    [`PUT ${PATH}`]: problem(412, "KO was changed meanwhile."),
  });
  const form = await dialog("KO");
  await userEvent.type(await form.findByLabelText("Tags"), ", mine");
  await userEvent.click(form.getByRole("button", { name: "Save" }));
  expect(await form.findByText("KO was changed meanwhile.")).toBeVisible();
  tags = ["core", "theirs"];
  await userEvent.click(form.getByRole("button", { name: "Read again" }));
  await waitFor(() => expect(form.getByLabelText("Tags")).toHaveValue("core, theirs"));
});

test("what is followed no longer comes back by Undo, as it was", async () => {
  const { requests, bodies } = opened({
    [PATH]: READ,
    [`DELETE ${PATH}`]: new Response(null, { status: 204 }),
    [`PUT ${PATH}`]: SAVED,
  });
  const form = await dialog("KO");
  await userEvent.click(await form.findByRole("button", { name: "Follow no longer" }));
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  const { symbol: _, ...known } = KO;
  await waitFor(() => expect(bodies("PUT")).toEqual([{ ...known, look_up: false }]));
  expect(requests("DELETE")[0]?.headers.get("If-Match")).toBe('"v1"');
});

test("an Undo that is refused is told, once, though the dialog is gone", async () => {
  opened({
    [PATH]: READ,
    [`DELETE ${PATH}`]: new Response(null, { status: 204 }),
    [`PUT ${PATH}`]: problem(403, "Another editor’s token is needed."),
  });
  const form = await dialog("KO");
  await userEvent.click(await form.findByRole("button", { name: "Follow no longer" }));
  await userEvent.click(screen.getByTestId("leave"));
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  expect(await screen.findAllByText("Another editor’s token is needed.")).toHaveLength(1);
});

test("a viewer sees what is followed, changes nothing, and reads why", async () => {
  opened({ [PATH]: READ }, "viewer");
  const form = await dialog("KO");
  expect(await form.findByText(/^A viewer may only look/)).toBeVisible();
  for (const name of ["Save", "Follow no longer"])
    expect(form.getByRole("button", { name })).toBeDisabled();
  expect(form.getByLabelText("Tags")).toBeDisabled();
  const follow = screen.getByRole("button", { name: "Follow a symbol" });
  expect(follow).toBeDisabled();
  expect(follow).toHaveAttribute("title", expect.stringContaining("viewer"));
});

test("tags are read as people type them, and a wrong one is named", () => {
  expect(tagsOf(" #Chips, mega  cap,, chips ")).toEqual(["chips", "mega-cap"]);
  expect(wrongTag(["chips"])).toBeNull();
  expect(wrongTag(["chips", "é"])).toContain("“é”");
});
