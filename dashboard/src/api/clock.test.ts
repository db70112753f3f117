import { afterEach, expect, test, vi } from "vitest";
import { api, ask } from "./client";
import { hearServerTime, nowMs } from "./clock";

const HERE = Date.parse("2026-11-29T01:00:00Z");

afterEach(() => {
  hearServerTime(new Date().toUTCString());
});

async function heard(date: string | null): Promise<string> {
  vi.useFakeTimers({ now: HERE });
  vi.stubGlobal("fetch", async () =>
    Response.json({ items: [] }, date === null ? {} : { headers: { Date: date } }),
  );
  await ask(api.GET("/api/v1/backtests", { baseUrl: "http://localhost" }));
  return new Date(nowMs()).toISOString();
}

test("a clock that is a day late is set by the server's", async () => {
  expect(await heard("Mon, 30 Nov 2026 01:00:00 GMT")).toBe("2026-11-30T01:00:00.000Z");
  vi.advanceTimersByTime(60_000);
  expect(new Date(nowMs()).toISOString()).toBe("2026-11-30T01:01:00.000Z");
});

test.each([
  ["some seconds off", "Sun, 29 Nov 2026 01:00:40 GMT"],
  ["silent", null],
  ["unreadable", "soon"],
])("of a server that is %s nothing is made", async (_, date) => {
  expect(await heard(date)).toBe("2026-11-29T01:00:00.000Z");
});
