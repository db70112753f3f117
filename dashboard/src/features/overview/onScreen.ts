/** Which symbols are on the screen: theirs is what changes first, and what is seen to change. */

import { type RefObject, useEffect } from "react";

const seen = new Set<string>();
let observer: IntersectionObserver | undefined;

function watcher(): IntersectionObserver | undefined {
  if (typeof IntersectionObserver === "undefined") return undefined;
  observer ??= new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const symbol = (target as HTMLElement).dataset.symbol ?? "";
      if (isIntersecting) seen.add(symbol);
      else seen.delete(symbol);
    }
  });
  return observer;
}

export function isOnScreen(symbol: string): boolean {
  return seen.has(symbol);
}

/** Keeps an eye on an element that names its symbol in `data-symbol`. */
export function useOnScreen(element: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const watched = element.current;
    const watch = watcher();
    if (!watched || !watch) return;
    watch.observe(watched);
    return () => {
      watch.unobserve(watched);
      seen.delete(watched.dataset.symbol ?? "");
    };
  }, [element]);
}
