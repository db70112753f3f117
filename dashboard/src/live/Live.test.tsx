import { type QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient, type Topic } from "@/api/queries";
import { FakeSocket } from "@/testing/FakeSocket";
import { concerned, Live, touches, useLive } from "./Live";

let queries: QueryClient;
let asked: Record<string, number>;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.install();
  queries = queryClient();
  asked = {};
});

afterEach(() => {
  queries.clear();
});

interface ShownProps {
  name: string;
  topics: readonly Topic[];
  symbols?: readonly string[];
}

function Shown({ name, topics, symbols }: ShownProps) {
  useQuery({
    queryKey: [name],
    meta: symbols ? { topics, symbols } : { topics },
    queryFn: () => {
      asked[name] = (asked[name] ?? 0) + 1;
      return asked[name];
    },
  });
  return null;
}

function Standing() {
  const { standing, lastLiveAt } = useLive();
  return <output>{`${standing} ${lastLiveAt?.toISOString() ?? "never"}`}</output>;
}

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const hello = () => FakeSocket.last.send({ type: "hello", cursor: "c1", delayed: false });
const tell = (topic: Topic, payload: Record<string, unknown>) =>
  FakeSocket.last.send({ type: "event", id: "c2", topic, at: "", payload });

async function shown() {
  render(
    <QueryClientProvider client={queries}>
      <Live>
        <Shown name="aapl" topics={["bars"]} symbols={["AAPL"]} />
        <Shown name="all bars" topics={["bars"]} />
        <Shown name="rules" topics={["rules"]} />
        <Shown name="the past" topics={[]} />
        <Standing />
      </Live>
    </QueryClientProvider>,
  );
  await pass(10);
}

/** Shown, live, and what the first hello has asked again is there. */
async function live() {
  await shown();
  hello();
  await pass(10);
  asked = {};
}

test("what was read before the first hello is read once more, and only once", async () => {
  await shown();
  expect(asked).toEqual({ aapl: 1, "all bars": 1, rules: 1, "the past": 1 });
  hello();
  await pass(10);
  expect(asked).toEqual({ aapl: 2, "all bars": 2, rules: 2, "the past": 1 });
  FakeSocket.last.drop();
  await pass(500);
  hello();
  await pass(10);
  expect(asked.rules).toBe(2);
});

test("an announcement has asked again what it concerns, and nothing else", async () => {
  await live();
  tell("bars", { symbols: ["KO"] });
  await pass(400);
  expect(asked).toEqual({ "all bars": 1 });
});

test("announcements of one moment are one asking", async () => {
  await live();
  tell("bars", { symbols: ["AAPL"] });
  tell("bars", { symbols: ["KO"] });
  tell("rules", { names: ["a"] });
  await pass(400);
  expect(asked).toEqual({ aapl: 1, "all bars": 1, rules: 1 });
});

test("an announcement that names no symbol concerns all", async () => {
  await live();
  tell("bars", { symbols: ["KO"] });
  tell("bars", {});
  await pass(400);
  expect(asked).toEqual({ aapl: 1, "all bars": 1 });
});

test("while the stream is away everything of now is asked every 15 seconds, then no more", async () => {
  await live();
  FakeSocket.last.drop();
  await pass(15_010);
  expect(asked).toEqual({ aapl: 1, "all bars": 1, rules: 1 });
  await pass(15_000);
  expect(asked.rules).toBe(2);
  hello();
  await pass(40_000);
  expect(asked.rules).toBe(2);
});

test("a gap that nobody can tell the size of has everything read again", async () => {
  await live();
  FakeSocket.last.send({ type: "missed", count: null, cursor: "d1" });
  await pass(10);
  expect(asked).toEqual({ aapl: 1, "all bars": 1, rules: 1 });
});

test("it tells since when it is not live any more", async () => {
  vi.setSystemTime("2026-11-28T16:00:00Z");
  await live();
  const heardAt = new Date().toISOString();
  await pass(45_000);
  expect(screen.getByRole("status").textContent).toMatch(/^away 2026-11-28T16:00:00/);
  expect(heardAt.slice(0, 19)).toBe("2026-11-28T16:00:00");
});

test("symbols are read from either form of a payload", () => {
  expect(concerned({ symbols: ["A", 3, "B"] })).toEqual(new Set(["A", "B"]));
  expect(concerned({ symbol: "A" })).toEqual(new Set(["A"]));
  expect(concerned({ names: ["x"] })).toBeNull();
});

test("a query without topics is touched by nothing", () => {
  const all = new Map<Topic, null>([["bars", null]]);
  expect(touches(undefined, all)).toBe(false);
  expect(touches({ topics: [] }, all)).toBe(false);
  expect(touches({ topics: ["bars"], symbols: ["A"] }, all)).toBe(true);
});
