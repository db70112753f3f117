/** Instants as the clock on a wall shows them, for a canvas that only knows one zone. */

import { isZone } from "@/design/zones";

const zones = new Map<string, Intl.DateTimeFormat>();

function partsIn(zone: string): Intl.DateTimeFormat {
  let found = zones.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      hourCycle: "h23",
    });
    zones.set(zone, found);
  }
  return found;
}

/** Seconds since 1970 of a clock that reads the same, without a zone. */
function wallSeconds(at: string, zone?: string): number {
  const when = new Date(at);
  if (!zone || !isZone(zone)) return when.getTime() / 1000 - when.getTimezoneOffset() * 60;
  const read = Object.fromEntries(
    partsIn(zone)
      .formatToParts(when)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0 } = read;
  return Date.UTC(year, month - 1, day, hour, minute) / 1000;
}

/**
 * The wall's seconds of ascending instants, each after the one before: the hour that comes twice
 * in autumn is pushed on, because a chart wants its times ascending.
 *
 * @param zone IANA name; the viewer's where it lacks, or the browser does not know it.
 */
export function wallClock(instants: readonly string[], zone?: string): number[] {
  let before = Number.NEGATIVE_INFINITY;
  return instants.map((at) => {
    before = Math.max(wallSeconds(at, zone), before + 1);
    return before;
  });
}
