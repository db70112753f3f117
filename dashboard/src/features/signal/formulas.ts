/** How each component's value is made of its figure: the formulas of docs/signals.md, done again. */

import { percent, signed } from "@/design/format";
import type { Contribution } from "./api";
import { same } from "./sums";

/** Into [−1, 1]: x ÷ √(1 + x²). */
export function squash(x: number): number {
  return x / Math.sqrt(1 + x * x);
}

/** What squash makes a value of; infinite at its ends. */
export function unsquash(value: number): number {
  return value / Math.sqrt(1 - value * value);
}

/** One step from the figure to the value, as it is written, and what comes out. */
export interface Working {
  /** What the figure is, in words. */
  figure: string;
  /** The formula in words. */
  formula: string;
  /** The formula with its numbers. */
  numbers: string;
  /** What it comes to; null where an input of it is not stored, and follows from the value. */
  value: number | null;
  /** Whether the value is the one that is shown; null where it was not computed. */
  equals: boolean | null;
  /** What follows from the numbers though it is not stored. */
  follows: string | null;
}

/** How many bars momentum and reversal look back, by interval. */
export const LOOK_BACK: Record<string, Record<string, number>> = {
  momentum: { "30m": 13, "1d": 20 },
  reversal: { "30m": 65, "1d": 5 },
};

const six = (value: number) => signed(value, 6);

/** The working of a component of prices; null where its figure was not stored. */
export function workingOf(part: Contribution, interval: string): Working | null {
  const x = part.figure;
  if (x == null) return null;
  const make = WORKINGS[part.name];
  return make ? make(x, part.value, interval) : null;
}

type Make = (figure: number, value: number, interval: string) => Working;

function computed(figure: string, formula: string, numbers: string, value: number, told: number) {
  return { figure, formula, numbers, value, equals: same(value, told), follows: null };
}

const WORKINGS: Record<string, Make> = {
  trend: (x, value) =>
    computed(
      "the average of 12 bars less that of 26, in average true ranges (ATR)",
      "squash(spread)",
      `squash(${six(x)})`,
      squash(x),
      value,
    ),
  mean_reversion: (x, value) =>
    computed(
      "deviations of the close from the mean of 20 bars",
      "squash(−deviations ÷ 2)",
      `squash(−(${six(x)}) ÷ 2)`,
      squash(-x / 2),
      value,
    ),
  rsi: (x, value) =>
    computed(
      "the relative strength index of 14 bars",
      "1 − RSI ÷ 50: strength speaks for a fall",
      `1 − ${x} ÷ 50`,
      1 - x / 50,
      value,
    ),
  money_flow: (x, value) =>
    computed("the money flow index of 14 bars", "MFI ÷ 50 − 1", `${x} ÷ 50 − 1`, x / 50 - 1, value),
  volume: (x, value) => {
    const size = squash(Math.max(x - 1, 0));
    const made = value < 0 ? -size : size;
    const way = value === 0 ? "±" : value < 0 ? "−" : "+";
    return computed(
      "the money traded over its usual amount",
      "the bar’s direction × squash(what exceeds the usual); a quiet bar says nothing",
      `${way}squash(max(${x} − 1, 0))`,
      made,
      value,
    );
  },
  momentum: (x, value, interval) => moved(x, value, LOOK_BACK.momentum?.[interval] ?? 13, 1),
  reversal: (x, value, interval) => moved(x, value, LOOK_BACK.reversal?.[interval] ?? 65, -1),
  gap: (x, value) => ({
    figure: "the session’s open over the last close of the session before, less 1",
    formula: "squash(gap ÷ the usual gap)",
    numbers: `squash(${percent(x * 100, 4)} ÷ ${usual(x, value)})`,
    value: null,
    equals: null,
    follows: `The usual gap is not stored; that it was ${usual(x, value)} follows from the value.`,
  }),
};

function moved(x: number, value: number, bars: number, sign: 1 | -1): Working {
  const typical = usual(x, value * sign);
  return {
    figure: `the return over ${bars} bars`,
    formula: `squash(${sign < 0 ? "−" : ""}return ÷ the usual move of ${bars} bars)`,
    numbers: `squash(${sign < 0 ? "−(" : ""}${percent(x * 100, 4)}${sign < 0 ? ")" : ""} ÷ ${typical})`,
    value: null,
    equals: null,
    follows: `The usual move, σ × √${bars}, is not stored; that it was ${typical} follows from the value.`,
  };
}

/** What a figure was divided by before it was squashed, in percent. */
function usual(figure: number, value: number): string {
  if (figure === 0 || value === 0 || Math.abs(value) >= 1) return "what is usual";
  const scale = Math.abs(figure / unsquash(value));
  return `${(scale * 100).toPrecision(3)} %`;
}

/** A figure in its own unit. */
export function figureTold(part: Contribution): string {
  const x = part.figure;
  if (x == null) return "–";
  switch (part.name) {
    case "momentum":
    case "reversal":
    case "gap":
      return percent(x * 100, 4);
    case "trend":
      return `${signed(x, 6)} ATR`;
    case "rsi":
    case "money_flow":
      return `${x}`;
    case "volume":
      return `${x} ×`;
    default:
      return signed(x, 6);
  }
}
