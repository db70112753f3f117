import { describe, expect, it } from "vitest";
import { barAxis, ticksOf, wholeView } from "./axis";
import { exLabel, pricePicture, signalPosition } from "./pricePicture";
import { isWhole, moved, whole } from "./priceView";
import { inOrder, lookOf } from "./series";
import { limit, stackedPaths } from "./stacking";
import { wallClock } from "./wallClock";

const HALF = 30 * 60_000;

/** Half hours from an instant on. */
function halfHours(from: string, count: number) {
  const at = (n: number) => new Date(Date.parse(from) + n * HALF).toISOString();
  const numbers = Array.from({ length: count }, (_, n) => n);
  return { opened: numbers.map(at), closed: numbers.map((n) => at(n + 1)) };
}

/** Two sessions of three half hours, a night between them. */
function twoSessions() {
  const one = halfHours("2026-11-25T14:30:00Z", 3);
  const two = halfHours("2026-11-27T14:30:00Z", 3);
  return { opened: [...one.opened, ...two.opened], closed: [...one.closed, ...two.closed] };
}

describe("the axis of stacked charts", () => {
  const { opened, closed } = twoSessions();
  const axis = barAxis(opened, closed);
  const at = (instant: string) => axis.position(Date.parse(instant));

  it("has a step a bar, and none for the hours without trade", () => {
    expect(at("2026-11-25T14:30:00Z")).toBe(-0.5);
    expect(at("2026-11-25T14:45:00Z")).toBe(0);
    expect(at("2026-11-25T15:59:59.999Z")).toBeCloseTo(2.5, 5);
    expect(at("2026-11-26T12:00:00Z")).toBe(2.5);
    expect(at("2026-11-27T14:30:00Z")).toBe(2.5);
    expect(at("2026-11-27T14:45:00Z")).toBe(3);
  });

  it("leaves what is before the first bar outside, and room after the newest", () => {
    expect(at("2026-11-25T14:00:00Z")).toBe(-1.5);
    expect(at("2026-11-27T16:15:00Z")).toBe(6);
    expect(at("2026-11-28T16:15:00Z")).toBe(6.5);
  });

  it("finds the instant at a place", () => {
    for (const place of [0, 1.25, 2, 3.5, 5]) {
      expect(axis.position(axis.instant(place))).toBeCloseTo(place, 6);
    }
  });

  it("puts a signal in the middle of the half hour that it judges", () => {
    expect(signalPosition(axis, "2026-11-25T15:00:00Z", "30m")).toBe(0);
    expect(signalPosition(axis, "2026-11-27T16:00:00Z", "30m")).toBe(5);
  });

  it("marks days where there are some, and hours where there are not", () => {
    const week = halfHours("2026-11-20T00:00:00Z", 5 * 48);
    const days = barAxis(week.opened, week.closed);
    expect(ticksOf(days, wholeView(240), 10, "UTC").map((tick) => tick.label)).toEqual([
      "Nov 21",
      "Nov 22",
      "Nov 23",
      "Nov 24",
    ]);
    expect(ticksOf(days, { from: 0, to: 8 }, 4, "UTC").map((tick) => tick.label)).toEqual([
      "00:30",
      "02:00",
      "03:30",
    ]);
    expect(ticksOf(barAxis([], []), wholeView(0), 5)).toEqual([]);
  });
});

describe("what is seen of the price", () => {
  const axisOf = (from: string, count: number) => {
    const { opened, closed } = halfHours(from, count);
    return { axis: barAxis(opened, closed) };
  };
  const before = axisOf("2026-11-20T00:00:00Z", 240);

  it("follows the newest bar where that was seen", () => {
    const now = axisOf("2026-11-20T00:00:00Z", 241);
    expect(moved({ from: 200, to: 241 }, before, now)).toEqual({ from: 201, to: 242 });
  });

  it("stays at the same instants where the past was looked at", () => {
    const now = axisOf("2026-11-20T00:30:00Z", 240);
    expect(moved({ from: 50, to: 90 }, before, now)).toEqual({ from: 49, to: 89 });
  });

  it("tells all of it from a part", () => {
    expect(isWhole(whole(240), 240)).toBe(true);
    expect(isWhole({ from: 20, to: 240 }, 240)).toBe(false);
  });
});

describe("the wall's clock", () => {
  it("reads as in the zone, and ascends over the hour that comes twice", () => {
    const { opened } = halfHours("2026-11-01T05:00:00Z", 4);
    const seconds = wallClock(opened, "America/New_York");
    expect(new Date((seconds[0] ?? 0) * 1000).toISOString()).toBe("2026-11-01T01:00:00.000Z");
    expect(seconds.every((second, n) => n === 0 || second > (seconds[n - 1] ?? 0))).toBe(true);
  });
});

describe("the price's picture", () => {
  const { opened, closed } = twoSessions();
  const flat = opened.map(() => 10);
  const bars = {
    symbol: "KO",
    interval: "30m" as const,
    from_at: "",
    to_at: "",
    adjusted: "splits" as const,
    suspected_split: false,
    simulated: false,
    providers: ["files"],
    stored_bars: 6,
    bars_per_bucket: 1,
    opened_at: opened,
    closed_at: closed,
    open: flat,
    high: flat,
    low: flat,
    close: flat,
    volume_shares: flat,
    bars: flat,
  };
  const signals = {
    symbol: "KO",
    strategy: "balanced-2",
    interval: "30m",
    slot_at: closed,
    price: flat,
    score: [0, 0.2, 0.5, 0, -0.2, -0.3],
    action: ["hold", "buy", "strong_buy", "hold", "sell", "sell"],
    confidence: flat,
    changed: [false, true, true, true, true, false],
    contributions: {},
    left_out: 0,
    changes_left_out: 0,
  };
  const ex = (kind: "split" | "dividend", value: number) => ({
    kind,
    value,
    ex_on: "2026-11-27",
    ex_at: "2026-11-27T14:30:00Z",
    provider: "files",
    observed_at: "2026-11-27T00:00:00Z",
  });

  it("marks where the action changed, and nothing else", () => {
    const { actions } = pricePicture(bars, signals, []);
    expect(actions.map(({ bar, way, strong }) => [bar, way, strong])).toEqual([
      [1, "rise", false],
      [2, "rise", true],
      [3, "flat", false],
      [4, "fall", false],
    ]);
  });

  it("marks splits and dividends at the first bar that has them", () => {
    const { exes } = pricePicture(bars, undefined, [ex("dividend", 0.24)]);
    expect(exes).toEqual([{ bar: 3, label: "D 0.24" }]);
    expect(exLabel(ex("split", 4))).toBe("4:1");
    expect(exLabel(ex("split", 0.1))).toBe("1:10");
  });
});

describe("components", () => {
  it("are stacked in one order, kin told apart by hatching", () => {
    expect(inOrder(["news_surprise", "momentum", "own", "news", "trend"])).toEqual([
      "momentum",
      "trend",
      "news",
      "news_surprise",
      "own",
    ]);
    expect(lookOf("news").token).toBe(lookOf("news_surprise").token);
    expect(lookOf("news").hatched).not.toBe(lookOf("news_surprise").hatched);
  });

  it("end at a round number, by the highest stack of either sign", () => {
    expect(limit([{ a: 0.3, b: -0.1, score: 0.2 }], ["a", "b"])).toBe(0.4);
    expect(limit([{ a: -0.3, b: -0.5, score: -0.8 }], ["a", "b"])).toBe(0.8);
    expect(limit([{ a: 0.3, b: null, score: 0.3 }], [])).toBe(0.2);
  });

  it("stand on one another, each sign on its own side of zero", () => {
    const scale = { x: (place: number) => place * 10, y: (value: number) => 100 - value * 100 };
    const paths = stackedPaths(
      [{ position: 1, a: 0.25, b: 0.5, c: -0.25 }],
      ["a", "b", "c"],
      scale,
      4,
    );
    expect(paths.get("a")).toBe("M8.0 75.0h4.0v25.0h-4.0z");
    expect(paths.get("b")).toBe("M8.0 25.0h4.0v50.0h-4.0z");
    expect(paths.get("c")).toBe("M8.0 100.0h4.0v25.0h-4.0z");
  });
});
