/** New rows, which move nothing under the eyes of whoever has scrolled down. */

import { useCallback, useEffect, useState } from "react";
import { calm } from "@/design/calm";

/** So near to the top, a new row disturbs nobody. */
const NEAR_PX = 120;

export interface Arrivals {
  /** Whether the row is shown already. */
  isShown: (id: number) => boolean;
  /** Whether it came while the list was looked at, and slides in. */
  isNew: (id: number) => boolean;
  /** How many wait to be shown. */
  waiting: number;
  /** Shows them, and goes to the top. */
  show: () => void;
}

/** @param ids Numbers that rise; those above the greatest at first have come since. */
export function useArrivals(ids: readonly number[]): Arrivals {
  const newest = ids.reduce((most, id) => Math.max(most, id), 0);
  const [first] = useState(newest);
  const [shown, setShown] = useState(newest);
  useEffect(() => {
    if (newest <= shown) return;
    const admit = () => {
      if (window.scrollY <= NEAR_PX) setShown(newest);
    };
    admit();
    addEventListener("scroll", admit, { passive: true });
    return () => removeEventListener("scroll", admit);
  }, [newest, shown]);
  const show = useCallback(() => {
    setShown(newest);
    scrollTo({ top: 0, behavior: calm() ? "instant" : "smooth" });
  }, [newest]);
  return {
    isShown: (id) => id <= shown,
    isNew: (id) => id > first,
    waiting: ids.filter((id) => id > shown).length,
    show,
  };
}
