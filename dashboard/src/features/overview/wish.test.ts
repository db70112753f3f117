import { renderHook, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { glance, priced, THREE } from "./samples";
import { differing, moves } from "./steady";
import { nearer, useGradual } from "./useGradual";
import { chosen, wishOf, withChoices } from "./wish";

function order(search: string, glances = THREE): string[] {
  return chosen(glances, wishOf(new URLSearchParams(search))).map(({ symbol }) => symbol);
}

test.each([
  ["", ["AAPL", "KO", "NVDA"]],
  ["order=reversed", ["NVDA", "KO", "AAPL"]],
  ["sort=change", ["NVDA", "KO", "AAPL"]],
  ["sort=change&order=reversed", ["AAPL", "KO", "NVDA"]],
  ["sort=score", ["NVDA", "KO", "AAPL"]],
  ["sort=confidence", ["AAPL", "NVDA", "KO"]],
  ["sort=alerts", ["AAPL", "KO", "NVDA"]],
  ["sort=age", ["NVDA", "AAPL", "KO"]],
  ["action=sell", ["AAPL"]],
  ["tag=core", ["AAPL", "KO"]],
  ["only=changed", ["AAPL"]],
  ["only=alerts", ["AAPL"]],
  ["only=stale", ["NVDA"]],
  ["q=nvidia", ["NVDA"]],
  ["q=%20CORE%20&sort=change", ["KO", "AAPL"]],
])("“%s” shows %j", (search, symbols) => {
  expect(order(search)).toEqual(symbols);
});

test("what lacks a figure comes last, whichever way it is sorted", () => {
  const four = [glance("NONE", { price: null }), ...THREE, glance("UP", { price: priced(1, 9) })];
  expect(order("sort=change", four)).toEqual(["UP", "NVDA", "KO", "AAPL", "NONE"]);
  expect(order("sort=change&order=reversed", four).at(-1)).toBe("NONE");
});

test.each(["sort=constructor", "only=toString", "action=panic", "view=globe", "sort="])(
  "“%s” in the URL counts as not said",
  (search) => {
    expect(wishOf(new URLSearchParams(search))).toEqual(wishOf(new URLSearchParams()));
  },
);

test("a choice leaves the rest of the URL, the time machine's slot too", () => {
  const search = new URLSearchParams("at=2026-11-27T15:30Z&sort=score&q=a");
  expect(`${withChoices(search, { q: "", tag: "core" })}`).toBe(
    "at=2026-11-27T15%3A30Z&sort=score&tag=core",
  );
});

test("an order differs by as many as must move, come and go", () => {
  expect(moves([0, 1, 2, 3])).toBe(0);
  expect(moves([3, 0, 1, 2])).toBe(1);
  expect(moves([3, 2, 1, 0])).toBe(3);
  expect(differing(["A", "B", "C"], ["C", "A", "B"])).toBe(1);
  expect(differing(["A", "B"], ["B", "D"])).toBe(2);
});

test("of two hundred that changed, those on the screen are first, and all come", () => {
  const names = Array.from({ length: 200 }, (_, place) => `S${place}`);
  const before = new Map(names.map((name) => [name, glance(name)]));
  const newest = names.map((name) => glance(name, { stories_24h: 7 }));
  const seen = (symbol: string) => symbol === "S150" || symbol === "S199";
  let shown: ReturnType<typeof nearer> = before;
  // As many frames as there are symbols on the screen, at the most.
  for (let frame = 0; frame < 2; frame += 1) shown = nearer(shown, newest, seen);
  expect([shown.get("S150"), shown.get("S199")]).toEqual([newest[150], newest[199]]);
  const changed = () => newest.filter((one) => shown.get(one.symbol) === one).length;
  expect(changed()).toBeLessThan(50);
  for (let frame = 0; frame < 100; frame += 1) shown = nearer(shown, newest, seen);
  expect(changed()).toBe(200);
  expect(nearer(shown, newest, seen)).toBe(shown);
});

test("frame by frame all two hundred are drawn, and all change", async () => {
  const symbols = Array.from({ length: 200 }, (_, place) => `S${place}`);
  const lines = (stories: number) => symbols.map((name) => glance(name, { stories_24h: stories }));
  const { result, rerender } = renderHook(({ newest }) => useGradual(newest, newest), {
    initialProps: { newest: lines(1) },
  });
  expect(result.current.size).toBeLessThan(50);
  await waitFor(() => expect(result.current.size).toBe(200));
  const newest = lines(2);
  rerender({ newest });
  expect(result.current.get("S0")).not.toBe(newest[0]);
  await waitFor(() =>
    expect(newest.every((line) => result.current.get(line.symbol) === line)).toBe(true),
  );
});

test("what is followed no longer goes at once, and what is new comes", () => {
  const [apple, coke, nvidia] = THREE;
  if (!apple || !coke || !nvidia) throw new Error("Three are needed.");
  const shown = nearer(new Map([[apple.symbol, apple]]), [coke, nvidia]);
  expect([...shown.keys()]).toEqual(["KO", "NVDA"]);
  const fewer = nearer(shown, [nvidia]);
  expect([...fewer.keys()]).toEqual(["NVDA"]);
});
