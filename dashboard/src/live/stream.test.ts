import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeSocket } from "@/testing/FakeSocket";
import { type Announced, type Standing, Stream } from "./stream";

let stream: Stream;
let standings: Standing[];
let events: Announced[];
let gaps: number;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.install();
  standings = [];
  events = [];
  gaps = 0;
  const hearers = {
    onStanding: (standing: Standing) => standings.push(standing),
    onEvent: (event: Announced) => events.push(event),
    onGap: () => {
      gaps += 1;
    },
  };
  // Always the longest wait.
  stream = new Stream("ws://watch/api/v1/stream", hearers, () => 1);
  stream.start();
});

afterEach(() => {
  stream.stop();
});

const hello = (cursor: string | null = "c1", delayed = false) =>
  FakeSocket.last.send({ type: "hello", cursor, delayed });
const event = (id: string) =>
  FakeSocket.last.send({
    type: "event",
    id,
    topic: "bars",
    at: "2026-11-28T16:00:00Z",
    payload: {},
  });

test("it begins without a cursor and is live from the hello on", () => {
  expect(FakeSocket.last.after).toBeNull();
  expect(standings).toEqual(["connecting"]);
  hello();
  expect(standings.at(-1)).toBe("live");
});

test("after a drop it goes on after the last event, and nothing need be read again", () => {
  hello("c1");
  event("c7");
  FakeSocket.last.drop();
  expect(standings.at(-1)).toBe("away");
  vi.advanceTimersByTime(500);
  expect(FakeSocket.opened).toHaveLength(2);
  expect(FakeSocket.last.after).toBe("c7");
  expect(gaps).toBe(0);
  expect(events.map(({ topic }) => topic)).toEqual(["bars"]);
});

test("a heartbeat moves the cursor, and one without a cursor keeps it", () => {
  hello("c1");
  FakeSocket.last.send({ type: "heartbeat", cursor: "c9", delayed: false });
  FakeSocket.last.send({ type: "heartbeat", cursor: null, delayed: false });
  FakeSocket.last.drop();
  vi.advanceTimersByTime(500);
  expect(FakeSocket.last.after).toBe("c9");
});

test("a cursor with signs of its own arrives as it was", () => {
  hello("a+b/c=");
  FakeSocket.last.drop();
  vi.advanceTimersByTime(500);
  expect(FakeSocket.last.after).toBe("a+b/c=");
});

test("missed with a count: it comes back at once from there, and was never away", () => {
  hello("c1");
  FakeSocket.last.send({ type: "missed", count: 12, cursor: "c3" });
  vi.advanceTimersByTime(0);
  expect(FakeSocket.opened).toHaveLength(2);
  expect(FakeSocket.last.after).toBe("c3");
  expect(standings).not.toContain("away");
  expect(gaps).toBe(0);
});

test("missed without a count: everything is read again, and it goes on where it is", () => {
  hello("c1");
  FakeSocket.last.send({ type: "missed", count: null, cursor: "d5" });
  expect(gaps).toBe(1);
  expect(FakeSocket.opened).toHaveLength(1);
  FakeSocket.last.drop();
  vi.advanceTimersByTime(500);
  expect(FakeSocket.last.after).toBe("d5");
});

test("three heartbeats lost are a lost connection, though nobody closed it", () => {
  hello();
  vi.advanceTimersByTime(44_000);
  expect(standings.at(-1)).toBe("live");
  vi.advanceTimersByTime(1_000);
  expect(standings.at(-1)).toBe("away");
  expect(FakeSocket.opened[0]?.closed).toBe(true);
});

test("whatever is heard counts as a sign of life", () => {
  hello();
  vi.advanceTimersByTime(40_000);
  event("c2");
  vi.advanceTimersByTime(40_000);
  expect(standings.at(-1)).toBe("live");
});

test("it waits twice as long each time, up to 20 seconds, and a hello begins anew", () => {
  const waits: number[] = [];
  for (let n = 0; n < 8; n += 1) {
    const before = FakeSocket.opened.length;
    const at = Date.now();
    FakeSocket.last.drop();
    while (FakeSocket.opened.length === before) vi.advanceTimersByTime(100);
    waits.push(Date.now() - at);
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
  hello();
  FakeSocket.last.drop();
  vi.advanceTimersByTime(500);
  expect(FakeSocket.opened).toHaveLength(10);
});

test("chance shortens a wait by half at the most", () => {
  stream.stop();
  FakeSocket.install();
  const heard = { onStanding: () => undefined, onEvent: () => undefined, onGap: () => undefined };
  const hasty = new Stream("ws://watch/s", heard, () => 0);
  hasty.start();
  FakeSocket.last.drop();
  vi.advanceTimersByTime(249);
  expect(FakeSocket.opened).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(FakeSocket.opened).toHaveLength(2);
  hasty.stop();
});

test("the network's end is noticed at once, and its return ends the wait", () => {
  hello();
  dispatchEvent(new Event("offline"));
  expect(standings.at(-1)).toBe("away");
  dispatchEvent(new Event("online"));
  expect(FakeSocket.opened).toHaveLength(2);
});

test("who looks at the page again does not wait", () => {
  hello();
  FakeSocket.last.drop();
  document.dispatchEvent(new Event("visibilitychange"));
  expect(FakeSocket.opened).toHaveLength(2);
});

test("a connection that was given up says nothing any more", () => {
  hello();
  const first = FakeSocket.last;
  dispatchEvent(new Event("offline"));
  dispatchEvent(new Event("online"));
  hello("c2");
  first.send({ type: "event", id: "old", topic: "bars", at: "", payload: {} });
  first.drop();
  expect(events).toEqual([]);
  expect(standings.at(-1)).toBe("live");
});

test("a server that cannot follow its database says so", () => {
  hello("c1", true);
  expect(standings.at(-1)).toBe("delayed");
});

test("once stopped it does not come back", () => {
  hello();
  stream.stop();
  vi.advanceTimersByTime(120_000);
  dispatchEvent(new Event("online"));
  expect(FakeSocket.opened).toHaveLength(1);
  expect(FakeSocket.last.closed).toBe(true);
});

test("missed again and again: it comes back at once a single time, then waits", () => {
  hello("c1");
  FakeSocket.last.send({ type: "missed", count: 12, cursor: "c3" });
  vi.advanceTimersByTime(0);
  hello("c3");
  FakeSocket.last.send({ type: "missed", count: 12, cursor: "c3" });
  vi.advanceTimersByTime(0);
  expect(FakeSocket.opened).toHaveLength(2);
  vi.advanceTimersByTime(500);
  expect(FakeSocket.opened).toHaveLength(3);
});
