/** Who goes to another page is taken to its name, as after a whole load; a screen reader reads it. */

import { useEffect, useRef } from "react";
import { useLocation } from "react-router";

/** How long a page's name is waited for. */
const PATIENCE_MS = 5_000;

function nameOf(page: HTMLElement | null): HTMLElement | null {
  return page?.querySelector("h1") ?? null;
}

/** Moves the focus to the page's `h1` when another page is there; parts of one page keep it. */
export function useArrival(pageId: string): void {
  const { pathname } = useLocation();
  const before = useRef<string | null>(null);
  useEffect(() => {
    const page = document.getElementById(pageId);
    const from = document.activeElement;
    const arrive = (): boolean => {
      const name = nameOf(page);
      if (!name) return false;
      const came = before.current !== null && before.current !== name.textContent;
      before.current = name.textContent;
      // Who has moved on meanwhile is left where he is, and so is who is in a dialog.
      const stayed = document.activeElement === from || document.activeElement === document.body;
      if (came && stayed && !document.querySelector("dialog[open]")) {
        name.tabIndex = -1;
        name.focus({ preventScroll: true });
      }
      return true;
    };
    if (!pathname || !page || arrive()) return;
    const waits = new MutationObserver(() => {
      if (arrive()) stop();
    });
    const timer = setTimeout(() => stop(), PATIENCE_MS);
    const stop = () => {
      waits.disconnect();
      clearTimeout(timer);
    };
    waits.observe(page, { childList: true, subtree: true });
    return stop;
  }, [pathname, pageId]);
}
