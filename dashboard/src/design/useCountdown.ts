/** Waiting for what a server asked to wait for. */

import { useEffect, useState } from "react";

/**
 * The whole seconds until something may be tried again; 0 when it may.
 *
 * @param seconds How long to wait; null: not at all.
 * @param since What the wait follows; another one begins it anew.
 */
export function useCountdown(seconds: number | null, since: unknown): number {
  const [left, setLeft] = useState(seconds ?? 0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each failure begins it anew
  useEffect(() => {
    const end = Date.now() + (seconds ?? 0) * 1000;
    const beat = () => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
    beat();
    if (!seconds) return;
    const timer = setInterval(beat, 500);
    return () => clearInterval(timer);
  }, [seconds, since]);
  return left;
}
