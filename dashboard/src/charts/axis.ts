/**
 * The axis that stacked charts share: one step a bar, so that the hours without trade take no
 * room. A bar lies from half a step before its number to half a step after it.
 */

export interface BarAxis {
  /** How many bars. */
  readonly count: number;
  /** Where an instant (ms) lies; what falls between two sessions lies on the seam. */
  position: (at: number) => number;
  /** The instant at a place. */
  instant: (position: number) => number;
  /** How long the bars are (ms). */
  readonly barMs: number;
}

/** The part of an axis that is seen. */
export interface View {
  from: number;
  to: number;
}

/** Which of the sorted is the first beyond a value. */
export function firstBeyond(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param opened When the bars open, ascending. @param closed When they close. */
export function barAxis(opened: readonly string[], closed: readonly string[]): BarAxis {
  const opens = opened.map(Date.parse);
  const closes = closed.map(Date.parse);
  const count = opens.length;
  const first = opens[0] ?? 0;
  const last = closes.at(-1) ?? 0;
  // The last bucket may hold fewer bars than the others; the first is whole.
  const barMs = Math.max((closes[0] ?? 0) - first, 1);
  return {
    count,
    barMs,
    position(at) {
      if (count === 0) return 0;
      if (at < first) return -0.5 - (first - at) / barMs;
      if (at >= last) return count - 0.5 + Math.min((at - last) / barMs, 1);
      const bar = firstBeyond(closes, at);
      const from = opens[bar] ?? at;
      const length = (closes[bar] ?? at) - from || 1;
      return bar - 0.5 + Math.max(at - from, 0) / length;
    },
    instant(position) {
      const bar = Math.min(Math.max(Math.round(position), 0), count - 1);
      const from = opens[bar] ?? 0;
      return from + (position - bar + 0.5) * ((closes[bar] ?? from) - from);
    },
  };
}

/** All bars, with a little air after the newest. */
export function wholeView(count: number): View {
  return { from: -0.5, to: count - 0.5 + Math.max(count * 0.012, 1) };
}

const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
const MONTH: Intl.DateTimeFormatOptions = { month: "short", year: "2-digit" };
const HOUR: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** A mark under a chart. */
export interface Tick {
  position: number;
  label: string;
}

/** Where an axis is marked: where days (or months) begin, or hours where it shows less. */
export function ticksOf(axis: BarAxis, view: View, most: number, zone?: string): Tick[] {
  const from = Math.max(Math.ceil(view.from), 0);
  const to = Math.min(Math.floor(view.to), axis.count - 1);
  if (to < from || most < 1) return [];
  const span = axis.instant(to) - axis.instant(from);
  const written = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(undefined, zone ? { ...options, timeZone: zone } : options);
  const label = written(span > 200 * 86_400_000 ? MONTH : DAY);
  const begins: Tick[] = [];
  let before = "";
  for (let bar = from; bar <= to; bar++) {
    const now = label.format(axis.instant(bar - 0.5));
    if (now !== before && before !== "") begins.push({ position: bar, label: now });
    before = now;
  }
  if (begins.length >= 3) return thinned(begins, most);
  const hour = written(HOUR);
  const step = Math.max(Math.ceil((to - from + 1) / most), 1);
  const hours: Tick[] = [];
  for (let bar = from + (step >> 1); bar <= to; bar += step) {
    const began = begins.find((tick) => Math.abs(tick.position - bar) < step / 2);
    hours.push(began ?? { position: bar, label: hour.format(axis.instant(bar - 0.5)) });
  }
  return hours;
}

function thinned(ticks: readonly Tick[], most: number): Tick[] {
  const step = Math.ceil(ticks.length / most);
  return ticks.filter((_, n) => n % step === 0);
}
