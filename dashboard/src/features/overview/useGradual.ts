/**
 * Many lines change at once with every tick. What is on the screen changes in the next frame, the
 * rest a few lines a frame, so that no frame takes long.
 */

import { startTransition, useEffect, useState } from "react";
import type { Glance } from "./api";
import { isOnScreen } from "./onScreen";

/** So many lines are there at once on arrival: the first that are read. */
const FIRST = 8;

/** So many change a frame: laying out and painting a card takes a slow CPU some milliseconds. */
const SEEN = 1;

/** Of those that nobody sees, which are neither laid out nor painted. */
const UNSEEN = 3;

type Lines = ReadonlyMap<string, Glance>;

function linesOf(glances: readonly Glance[]): Lines {
  return new Map(glances.map((glance) => [glance.symbol, glance]));
}

/** A few more lines as they are now; the same map where nothing is left to do. */
export function nearer(shown: Lines, newest: readonly Glance[], seen = isOnScreen): Lines {
  const old = newest.filter((glance) => shown.get(glance.symbol) !== glance);
  if (old.length === 0 && shown.size === newest.length) return shown;
  const seenOnes = old.filter((glance) => seen(glance.symbol));
  const first = seenOnes.length > 0 ? seenOnes.slice(0, SEEN) : old.slice(0, UNSEEN);
  const now = new Set(first);
  const next = new Map<string, Glance>();
  for (const glance of newest) {
    const before = shown.get(glance.symbol);
    if (now.has(glance)) next.set(glance.symbol, glance);
    else if (before) next.set(glance.symbol, before);
  }
  return next;
}

/**
 * Each symbol's line as it is to be drawn now; one that lacks is not drawn yet.
 *
 * @param newest All there are.
 * @param first In the order in which they are wanted, where none is drawn yet.
 */
export function useGradual(newest: readonly Glance[], first: readonly Glance[]): Lines {
  const [shown, setShown] = useState<Lines>(() => linesOf(first.slice(0, FIRST)));
  useEffect(() => {
    if (nearer(shown, newest) === shown) return;
    const frame = requestAnimationFrame(() => {
      startTransition(() => setShown(nearer(shown, newest)));
    });
    return () => cancelAnimationFrame(frame);
  }, [shown, newest]);
  return shown;
}
