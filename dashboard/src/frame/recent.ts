/** The symbols that were looked at last in this browser, the newest first. */

import { useEffect } from "react";
import { useLocation } from "react-router";

const KEY = "recent-symbols";
const KEPT = 5;
const OF_A_SYMBOL = /^\/(?:symbols|signals)\/([^/]+)/;

/** They may be followed no more; whoever shows them leaves those out. */
export function recentSymbols(): string[] {
  try {
    const told: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(told) ? told.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

/** Keeps the symbol whose page is looked at. */
export function useRecentKept(): void {
  const { pathname } = useLocation();
  useEffect(() => {
    const found = OF_A_SYMBOL.exec(pathname)?.[1];
    if (found === undefined) return;
    try {
      const symbol = decodeURIComponent(found);
      const others = recentSymbols().filter((one) => one !== symbol);
      localStorage.setItem(KEY, JSON.stringify([symbol, ...others].slice(0, KEPT)));
    } catch {
      // A browser that keeps nothing, or an address that is none: the list stays as it was.
    }
  }, [pathname]);
}
