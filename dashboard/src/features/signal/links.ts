/** Addresses of signals. */

import type { WholeSignal } from "./api";

/** The page of another slot of the symbol; the strategy and the past slot are kept. */
export function signalPath(symbol: string, slotAt: string, search: URLSearchParams): string {
  const kept = new URLSearchParams(search);
  kept.delete("revision");
  const asked = kept.size ? `?${kept}` : "";
  return `/symbols/${encodeURIComponent(symbol)}/signals/${slotAt}${asked}`;
}

/** The address that shows this very revision for ever, whatever is primary or newest later. */
export function permalink(
  signal: Pick<WholeSignal, "symbol" | "slot_at" | "strategy" | "revision">,
  at: string | null,
): string {
  const asked = new URLSearchParams({
    strategy: signal.strategy,
    revision: `${signal.revision}`,
    ...(at === null ? {} : { at }),
  });
  const path = `/symbols/${encodeURIComponent(signal.symbol)}/signals/${signal.slot_at}`;
  return `${location.origin}${path}?${asked}`;
}
