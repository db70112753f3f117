/** Whether the page is being printed: then all that can be opened is open. */

import { useSyncExternalStore } from "react";
import { flushSync } from "react-dom";

let printing = false;
const hearers = new Set<() => void>();

function set(now: boolean): void {
  printing = now;
  // The browser takes its picture when this returns, so what changes must have been drawn.
  flushSync(() => {
    for (const hear of hearers) hear();
  });
}

const begin = () => set(true);
const end = () => set(false);

function subscribe(hear: () => void): () => void {
  if (hearers.size === 0) {
    addEventListener("beforeprint", begin);
    addEventListener("afterprint", end);
  }
  hearers.add(hear);
  return () => {
    hearers.delete(hear);
    if (hearers.size > 0) return;
    removeEventListener("beforeprint", begin);
    removeEventListener("afterprint", end);
  };
}

/** Whether the page is being printed just now. */
export function usePrinting(): boolean {
  return useSyncExternalStore(subscribe, () => printing);
}
