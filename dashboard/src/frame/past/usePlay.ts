/** Playing the past: a slot a second, up to now. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { calm } from "@/design/calm";

const BEAT_MS = 1_000;
/** For those who asked for less motion. */
const SLOW_BEAT_MS = 2_500;

/**
 * @param step Goes one slot on; false where there is none.
 * @returns Whether it plays, and what starts and stops it.
 */
export function usePlay(step: () => boolean): [boolean, (plays: boolean) => void] {
  const queries = useQueryClient();
  const [plays, setPlays] = useState(false);
  const next = useRef(step);
  next.current = step;
  useEffect(() => {
    if (!plays) return;
    const beat = () => {
      // What was asked for last is waited for, or on a slow line nothing would ever be shown.
      if (document.hidden || queries.isFetching({ queryKey: ["overview"] }) > 0) return;
      if (!next.current()) setPlays(false);
    };
    const timer = setInterval(beat, calm() ? SLOW_BEAT_MS : BEAT_MS);
    return () => clearInterval(timer);
  }, [plays, queries]);
  return [plays, setPlays];
}
