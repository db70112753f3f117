import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, fireEvent, render, screen } from "@testing-library/react";
import { MemoryRouter, useLocation } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import TimeMachine from "./TimeMachine";

const NOW = new Date("2026-11-28T16:10:00Z");
const KNOWN = {
  strategy: "balanced-2",
  oldest_at: "2026-11-26T20:30:00Z",
  slot_at: [
    "2026-11-28T16:00:00Z",
    "2026-11-28T15:30:00Z",
    "2026-11-27T21:00:00Z",
    "2026-11-27T20:30:00Z",
  ],
  symbols: [8, 8, 8, 8],
  actions_changed: [0, 2, 0, 0],
  alerts_fired: [0, 1, 0, 0],
};
const OVERVIEW = {
  at: null,
  markets: [{ mic: "XNYS", open: true, time_zone: "America/New_York" }],
  symbols: [],
  stale: 0,
};
const asked: URL[] = [];

function Where() {
  return <output>{useLocation().search}</output>;
}

async function opened(search = "", known: unknown = KNOWN) {
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    asked.push(url);
    const told = url.pathname.endsWith("/slots/known") ? known : OVERVIEW;
    return known instanceof Response && url.pathname.endsWith("/slots/known")
      ? known.clone()
      : Response.json(told);
  });
  const onClose = vi.fn();
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      <MemoryRouter initialEntries={[`/${search}`]}>
        <TimeMachine onClose={onClose} />
        <Where />
      </MemoryRouter>
    </QueryClientProvider>,
  );
  await pass(50);
  return onClose;
}

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const slider = () => screen.getByRole("slider", { name: "Past slot" });
const url = () => screen.getByRole("status").textContent;
const slide = (place: number) => fireEvent.change(slider(), { target: { value: place } });

beforeEach(() => {
  asked.length = 0;
  vi.useFakeTimers({ now: NOW });
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});

describe("the time machine", () => {
  it("stands at now, and goes back to the slot that is chosen", async () => {
    await opened();
    expect(slider()).toHaveValue("4");
    expect(slider()).toHaveAttribute("aria-valuetext", "Now");
    slide(1);
    expect(url()).toBe("?at=2026-11-27T21%3A00Z");
    expect(screen.getByText(/^As of/)).toBeVisible();
    slide(4);
    await pass(1000);
    expect(url()).toBe("");
  });

  it("tells the slot in the viewer's zone, the exchange's on hover, and what happened", async () => {
    await opened("?at=2026-11-28T15:30Z");
    expect(slider()).toHaveValue("2");
    expect(slider().getAttribute("aria-valuetext")).toContain("2 actions changed, 1 alert fired");
    const time = screen.getByText(/^As of/).querySelector("time");
    expect(time).toHaveAttribute("dateTime", "2026-11-28T15:30:00Z");
    expect(time?.title).toMatch(/10:30:00.*in New York/);
  });

  it("follows the hand at once and the URL a few times a second, the newest wish last", async () => {
    await opened();
    for (const place of [3, 2, 1]) slide(place);
    expect(slider()).toHaveValue("1");
    expect(url()).toBe("?at=2026-11-28T16%3A00Z");
    await pass(320);
    expect(url()).toBe("?at=2026-11-27T21%3A00Z");
    await pass(320);
    expect(slider()).toHaveValue("1");
    expect(asked.filter((one) => one.searchParams.get("at")?.includes("15:30"))).toHaveLength(0);
  });

  it("goes a day by Page Down and Page Up, from close to close", async () => {
    await opened();
    fireEvent.keyDown(slider(), { key: "PageDown" });
    expect(slider()).toHaveValue("3");
    fireEvent.keyDown(slider(), { key: "PageDown" });
    expect(slider()).toHaveValue("1");
    fireEvent.keyDown(slider(), { key: "PageUp" });
    expect(slider()).toHaveValue("3");
    fireEvent.keyDown(slider(), { key: "PageUp" });
    expect(slider()).toHaveValue("4");
  });

  it("steps by its buttons, and has none to go on from now", async () => {
    await opened();
    expect(screen.getByRole("button", { name: "A slot on" })).toBeDisabled();
    fireEvent.click(screen.getByRole("button", { name: "A slot back" }));
    fireEvent.click(screen.getByRole("button", { name: "A day back" }));
    expect(slider()).toHaveValue("1");
    fireEvent.click(screen.getByRole("button", { name: "A slot on" }));
    expect(slider()).toHaveValue("2");
    fireEvent.click(screen.getByRole("button", { name: "Back to now" }));
    expect(slider()).toHaveValue("4");
  });

  it("plays a slot a second and stops at now", async () => {
    await opened("?at=2026-11-28T15:30Z");
    fireEvent.click(screen.getByRole("button", { name: /^Play/ }));
    await pass(1050);
    expect(url()).toBe("?at=2026-11-28T16%3A00Z");
    expect(screen.getByRole("button", { name: "Pause" })).toBeEnabled();
    await pass(1100);
    expect(url()).toBe("");
    expect(screen.getByRole("button", { name: /^Play/ })).toBeDisabled();
  });

  it("stops playing when somebody takes hold of it", async () => {
    await opened("?at=2026-11-27T20:30Z");
    fireEvent.click(screen.getByRole("button", { name: /^Play/ }));
    slide(1);
    await pass(3000);
    expect(slider()).toHaveValue("1");
  });

  it("closes at Escape, and is at now then", async () => {
    const onClose = await opened("?at=2026-11-27T20:30Z");
    fireEvent.keyDown(slider(), { key: "Escape" });
    expect(onClose).toHaveBeenCalledOnce();
    expect(url()).toBe("");
  });

  it("says what to do where nothing was judged yet", async () => {
    await opened("", { ...KNOWN, slot_at: [], oldest_at: null });
    expect(screen.queryByRole("slider")).toBeNull();
    expect(screen.getByText(/run a tick or a backfill/)).toBeVisible();
  });

  it("tells the server's sentence where it fails, and lets one try again", async () => {
    const body = JSON.stringify({ title: "Away", status: 503, detail: "The database is away." });
    await opened("", new Response(body, { status: 503 }));
    expect(screen.getByRole("alert")).toHaveTextContent("The database is away.");
    expect(screen.getByRole("button", { name: "Try again" })).toBeEnabled();
    expect(screen.getByRole("button", { name: "Close the time machine" })).toBeEnabled();
  });
});
