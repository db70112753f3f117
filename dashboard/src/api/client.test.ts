import { expect, test, vi } from "vitest";
import { api, ask, withLists } from "./client";

function answering(answer: () => Response): void {
  vi.stubGlobal("fetch", () => Promise.resolve(answer()));
}

const JSON_TYPE = { "Content-Type": "application/json" };

test.each([
  ["cut off midway", () => new Response('{"at":null,"symb', { headers: JSON_TYPE })],
  ["a page of something between", () => new Response("<!doctype html><html>Log in")],
  ["empty", () => new Response("", { headers: { ...JSON_TYPE, "Content-Length": "0" } })],
  ["null", () => new Response("null", { headers: JSON_TYPE })],
])("an answer that is %s is told as one that cannot be read", async (_, answer) => {
  answering(answer);
  const asked = ask(api.GET("/api/v1/overview", { baseUrl: "http://localhost" }));
  await expect(asked).rejects.toMatchObject({
    name: "Problem",
    message: "The server\u2019s answer cannot be read.",
  });
});

test("an edit may be answered by nothing", async () => {
  answering(() => new Response(null, { status: 204 }));
  const asked = ask(
    api.DELETE("/api/v1/watchlist/{symbol}", {
      baseUrl: "http://localhost",
      params: { path: { symbol: "AAPL" } },
    } as never) as never,
  );
  await expect(asked).resolves.toBeUndefined();
});

test("what comes with a status that is no failure of asking is an answer", async () => {
  answering(() => Response.json({ status: "not ready" }, { status: 503 }));
  const ready = () => api.GET("/readyz", { baseUrl: "http://localhost" });
  await expect(ask(ready(), [503])).resolves.toEqual({ status: "not ready" });
  await expect(ask(ready())).rejects.toMatchObject({ name: "Problem", status: 503 });
});

test("an answer without the lists that a page rests on cannot be read", async () => {
  const told = Promise.resolve({ items: [1], next: null });
  await expect(withLists(told, "items")).resolves.toEqual({ items: [1], next: null });
  await expect(withLists(told, "items", "next")).rejects.toMatchObject({ name: "Problem" });
  await expect(withLists(told)).rejects.toMatchObject({ name: "Problem" });
});
