import { nearest } from "./api";
import { type Bar, measured } from "./bars";
import { workingOf } from "./formulas";
import { asOf, fateOf } from "./outcomes";
import { SIGNAL } from "./sample";
import { addedUp, agreementOf, storiesOf, sumOf, weighing } from "./sums";
import { axisOf, ticksOf, WIDTH } from "./waterfall";

const part = (name: string, value: number, figure: number) => ({
  name,
  value,
  figure,
  weight: 1,
  contribution: value,
  reason: "",
});

describe("the sum of a signal", () => {
  it("is exact where binary fractions are not", () => {
    expect(0.1 + 0.2).not.toBe(0.3);
    expect(sumOf([0.1, 0.2])).toBe(0.3);
  });

  it("is bounded by the scale, as the score is", () => {
    const components = [part("trend", 0.9, 1), part("news", 0.2, 1)];
    expect(addedUp({ components, score: 1 })).toMatchObject({ total: 1.1, equals: true });
  });

  it("has steps that begin where the one before ends", () => {
    const { parts, total } = addedUp(SIGNAL);
    parts.slice(1).forEach((step, n) => {
      expect(step.from).toBe(parts[n]?.to);
    });
    expect(parts.at(-1)?.to).toBe(total);
  });

  it("has the agreement and the weights that are stored", () => {
    expect(agreementOf(SIGNAL.components).value).toBeCloseTo(SIGNAL.agreement ?? 0, 6);
    for (const { name, weight } of SIGNAL.components) {
      const made = weighing(SIGNAL, name);
      if (!made) throw new Error(`The sample says nothing of the weight of ${name}.`);
      expect((made.own * made.factor) / made.sum).toBeCloseTo(weight, 6);
    }
  });

  it("tells the story that adds most first", () => {
    const adds = storiesOf(SIGNAL.articles_behind).map((story) => Math.abs(story.adds));
    expect(adds).toEqual(adds.toSorted((a, b) => b - a));
    expect(adds[0]).toBe(0.031529);
  });

  it("is drawn on an axis that holds every step and 0", () => {
    const sum = addedUp(SIGNAL);
    const axis = axisOf(sum, [-0.4, -0.15, 0.15, 0.4]);
    for (const { from, to } of sum.parts) {
      for (const score of [0, from, to]) {
        expect(axis.x(score)).toBeGreaterThanOrEqual(0);
        expect(axis.x(score)).toBeLessThanOrEqual(WIDTH);
      }
    }
    expect(ticksOf(axis)).toContain(0);
  });
});

describe("a value made again of its figure", () => {
  it.each([
    ["rsi", 0.4, 30],
    ["money_flow", -0.4, 30],
    ["volume", -0.6, 1.75],
    ["volume", 0, 0.5],
    ["mean_reversion", -0.6, 1.5],
  ])("is the one that is stored: %s %d", (name, value, figure) => {
    expect(workingOf(part(name, value, figure), "30m")).toMatchObject({ equals: true });
  });

  it("is shown where it is another", () => {
    expect(workingOf(part("rsi", 0.39, 30), "30m")).toMatchObject({ equals: false, value: 0.4 });
  });

  it("does not claim what is usual, which is not stored", () => {
    const working = workingOf(part("momentum", 0.6, 0.015), "30m");
    expect(working).toMatchObject({ equals: null, value: null });
    expect(working?.follows).toContain("2.00 %");
  });
});

describe("a figure measured again from bars", () => {
  const bars = Array.from({ length: 30 }, (_, n): Bar => {
    const close = 100 + (n % 7);
    const closedAt = new Date(Date.UTC(2026, 10, 27, 0, 30 * n)).toISOString();
    return { closedAt, close, high: close, low: close, volume: 10 };
  });
  const signal = { interval: "30m", slot_at: "2026-11-27T14:30:00Z" };

  it("is a return over 13 half hours, or over 5 days", () => {
    expect(measured(part("momentum", 0, 101 / 102 - 1), signal, bars)?.equals).toBe(true);
    const daily = { ...signal, interval: "1d" };
    expect(measured(part("reversal", 0, 101 / 103 - 1), daily, bars)?.equals).toBe(true);
  });

  it("says so where a bar was corrected since", () => {
    expect(measured(part("momentum", 0, 0.5), signal, bars)?.equals).toBe(false);
  });

  it("is none where it takes more bars than there are, or other ones", () => {
    expect(measured(part("reversal", 0, 0.5), signal, bars)).toBeNull();
    expect(measured(part("trend", 0, 0.5), signal, bars)).toBeNull();
  });
});

describe("what became of a signal", () => {
  const outcome = {
    horizon: "1 bar",
    entered_at: null,
    left_at: null,
    reason: null,
    settled_at: "2026-11-28T18:00:00Z",
  };

  it.each([
    ["sell", -1, "hit"],
    ["strong_buy", -1, "miss"],
    ["hold", 1, "neither"],
    ["buy", 0, "neither"],
    ["buy", null, "unknown"],
  ])("%s with a return of %s is a %s", (action, return_pct, fate) => {
    expect(fateOf(action, { ...outcome, return_pct })).toBe(fate);
  });

  it("is not told as of a slot before it", () => {
    const later = "2026-11-28T17:30:00Z";
    const whole = {
      ...SIGNAL,
      outcomes: [{ ...outcome, return_pct: 1 }],
      next_slot_at: later,
    };
    expect(asOf(whole, SIGNAL.slot_at)).toMatchObject({ outcomes: [], next_slot_at: null });
    expect(asOf(whole, later).next_slot_at).toBe(later);
    expect(asOf(whole, null)).toBe(whole);
  });
});

it("finds two slots before and two after", () => {
  const slots = [1, 2, 3, 5, 6, 7].map((hour) => `2026-11-28T0${hour}:00:00Z`);
  expect(nearest(slots, "2026-11-28T04:00:00Z").map((slot) => slot.slice(12, 13))).toEqual([
    "2",
    "3",
    "5",
    "6",
  ]);
});
