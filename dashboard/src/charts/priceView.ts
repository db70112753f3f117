/** Which part of the bars the canvas shows, in the library's own counting. */

import { wholeView } from "./axis";
import type { PricePicture } from "./pricePicture";

/** From the middle of the first bar seen to that of the last, by their numbers. */
interface Range {
  from: number;
  to: number;
}

/** All bars. */
export function whole(count: number): Range {
  const { from, to } = wholeView(count);
  return { from: from + 0.5, to: to - 0.5 };
}

export function isWhole(range: Range, count: number): boolean {
  const all = whole(count);
  const near = 0.01 + count * 0.002;
  return Math.abs(range.from - all.from) < near && Math.abs(range.to - all.to) < near;
}

/** The same instants among other bars; where the newest was seen, the newest is seen. */
export function moved(
  seen: Range,
  before: Pick<PricePicture, "axis">,
  now: Pick<PricePicture, "axis">,
): Range {
  const followed = seen.to >= before.axis.count - 1;
  const shift = followed
    ? now.axis.count - before.axis.count
    : Math.round(now.axis.position(before.axis.instant(seen.from)) - seen.from);
  return { from: seen.from + shift, to: seen.to + shift };
}

/** Half seen through, as volume is. */
export function faded(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, "rgba($1, 0.4)");
}
