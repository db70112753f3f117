/** What stands beside the bars on the canvas, and how its times are written. */

import { type SeriesMarker, TickMarkType, type Time, type UTCTimestamp } from "lightweight-charts";
import { words } from "@/design/format";
import type { PricePicture } from "./pricePicture";

/** Beyond so many marks their words would cover the price. */
const NAMED_MARKS = 14;

type MarkColours = Readonly<Record<"rise" | "fall" | "faint" | "past", string>>;

/** Changes of the action as arrows, splits and dividends as squares. */
export function markers(picture: PricePicture, colours: MarkColours): SeriesMarker<Time>[] {
  const named = picture.actions.length <= NAMED_MARKS;
  const time = (bar: number) => (picture.times[bar] ?? 0) as UTCTimestamp;
  const actions = picture.actions.map(
    ({ bar, way, strong, action }): SeriesMarker<Time> => ({
      time: time(bar),
      position: way === "rise" ? "belowBar" : "aboveBar",
      shape: way === "rise" ? "arrowUp" : way === "fall" ? "arrowDown" : "circle",
      color: way === "flat" ? colours.faint : colours[way],
      size: strong ? 1.4 : way === "flat" ? 0.5 : 1,
      ...(named ? { text: words(action) } : {}),
    }),
  );
  const exes = picture.exes.map(
    ({ bar, label }): SeriesMarker<Time> => ({
      time: time(bar),
      position: "belowBar",
      shape: "square",
      color: colours.past,
      size: 0.7,
      text: label,
    }),
  );
  return [...actions, ...exes].sort((a, b) => Number(a.time) - Number(b.time));
}

// The canvas's times are a wall clock's already, so they are read as UTC.
const HOUR: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
const WALL: Intl.DateTimeFormatOptions = { weekday: "short", ...DAY, ...HOUR };
const LABELS: Readonly<Record<number, Intl.DateTimeFormatOptions>> = {
  [TickMarkType.Year]: { year: "numeric" },
  [TickMarkType.Month]: { month: "short" },
  [TickMarkType.DayOfMonth]: DAY,
};

const formatters = new Map<Intl.DateTimeFormatOptions, Intl.DateTimeFormat>();

/** By a formatter that is made once: a zoom names every mark anew at each of its steps. */
function read(time: Time, options: Intl.DateTimeFormatOptions): string {
  let formatter = formatters.get(options);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat(undefined, { ...options, timeZone: "UTC" });
    formatters.set(options, formatter);
  }
  return formatter.format(Number(time) * 1000);
}

/** A mark of the time axis. */
export function tickLabel(time: Time, kind: TickMarkType): string {
  return read(time, LABELS[kind] ?? HOUR);
}

/** The crosshair's instant. */
export function wallLabel(time: Time): string {
  return read(time, WALL);
}
