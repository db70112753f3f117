/** An order that does not change under the pointer, nor where the focus is. */

import { type FocusEvent, useState } from "react";
import { differing } from "./steady";

interface Held {
  wish: string;
  symbols: readonly string[];
}

interface Steady {
  /** The symbols in the order that is shown. */
  shown: readonly string[];
  /** How many would move, come or go if it were sorted now. */
  moved: number;
  sortNow: () => void;
  /** For what surrounds the list: while the pointer or the focus is in it, the order stays. */
  hold: {
    onPointerEnter: () => void;
    onPointerLeave: () => void;
    onFocus: () => void;
    onBlur: (event: FocusEvent) => void;
  };
}

/**
 * @param sorted The symbols in the order that is wished for.
 * @param wish What was chosen; another choice sorts at once.
 * @param followed Whether a symbol is still there to be shown.
 */
export function useSteadyOrder(
  sorted: readonly string[],
  wish: string,
  followed: (symbol: string) => boolean,
): Steady {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const [held, setHeld] = useState<Held | null>(null);
  const holds = pointed || focused;
  const stays = holds && held?.wish === wish ? held : null;
  // It holds what was shown when the pointer came.
  if (holds && !stays) setHeld({ wish, symbols: sorted });
  if (!holds && held) setHeld(null);
  const kept = stays?.symbols.filter(followed);
  const known = new Set(kept);
  // Who comes meanwhile comes at the end, where nothing is pushed away.
  const shown = kept ? [...kept, ...sorted.filter((symbol) => !known.has(symbol))] : sorted;
  return {
    shown,
    moved: kept ? differing(shown, sorted) : 0,
    sortNow: () => setHeld({ wish, symbols: sorted }),
    hold: {
      onPointerEnter: () => setPointed(true),
      onPointerLeave: () => setPointed(false),
      onFocus: () => setFocused(true),
      onBlur: (event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setFocused(false);
      },
    },
  };
}
