/** Whether the session ended while somebody worked: he logs in over the page, which stays. */

import { useEffect, useSyncExternalStore } from "react";
import { nowMs } from "@/api/clock";
import { hearFailures } from "@/api/heard";

/** The longest that a browser's timer takes. */
const LONGEST_MS = 2 ** 31 - 1;

/** So that it has ended when it is asked for. */
const GRACE_MS = 2_000;

let loggedOut = false;
const hearers = new Set<() => void>();

/** Says that the session has ended, or that there is a new one. */
export function setLoggedOut(now: boolean): void {
  loggedOut = now;
  for (const hear of hearers) hear();
}

function subscribe(hear: () => void): () => void {
  hearers.add(hear);
  return () => {
    hearers.delete(hear);
  };
}

/**
 * Whether the session has ended, as somebody was refused with 401.
 *
 * @param expiresAt When it will end; null for never, undefined where there is none.
 * @param ask Asks for the session then; this machine's clock may be wrong, the server's counts.
 */
export function useLoggedOut(expiresAt: string | null | undefined, ask: () => void): boolean {
  useEffect(
    () => hearFailures({ onLoggedOut: () => setLoggedOut(true), onRefused: () => undefined }),
    [],
  );
  useEffect(() => {
    if (!expiresAt) return;
    const left = Date.parse(expiresAt) - nowMs();
    if (left > LONGEST_MS) return;
    const timer = setTimeout(ask, Math.max(left, 0) + GRACE_MS);
    return () => clearTimeout(timer);
  }, [expiresAt, ask]);
  return useSyncExternalStore(subscribe, () => loggedOut);
}
