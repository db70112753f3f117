/** An order that does not change under the pointer. */

import { useRef, useState } from "react";
import type { Glance } from "./api";

interface Steady {
  shown: Glance[];
  /** How many would stand elsewhere if it were sorted now. */
  moved: number;
  /** For the list: while the pointer is over it, the order stays. */
  hold: { onPointerEnter: () => void; onPointerLeave: () => void };
}

/**
 * @param sorted In the order that is wished for.
 * @param wish What was chosen; another choice sorts at once.
 */
export function useSteadyOrder(sorted: Glance[], wish: string): Steady {
  const [held, setHeld] = useState(false);
  const order = useRef<{ wish: string; symbols: string[] }>({ wish: "", symbols: [] });
  const bySymbol = new Map(sorted.map((glance) => [glance.symbol, glance]));
  if (!held || order.current.wish !== wish) {
    order.current = { wish, symbols: sorted.map((glance) => glance.symbol) };
  }
  const kept = order.current.symbols.flatMap((symbol) => bySymbol.get(symbol) ?? []);
  const known = new Set(order.current.symbols);
  const shown = [...kept, ...sorted.filter((glance) => !known.has(glance.symbol))];
  return {
    shown,
    moved: shown.filter((glance, place) => sorted[place] !== glance).length,
    hold: { onPointerEnter: () => setHeld(true), onPointerLeave: () => setHeld(false) },
  };
}
