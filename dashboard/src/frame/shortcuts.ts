/** Keys that work everywhere, except where somebody writes. */

import { useEffect } from "react";

const PAIR_MS = 1_000;

/** Keys, or pairs of keys as `g a`, and what they do. */
export type Shortcuts = Readonly<Record<string, () => void>>;

function writes(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) &&
    // Nobody writes into a slider, and its own keys are no letters.
    target.getAttribute("type") !== "range"
  );
}

/** @param shortcuts What the keys do; the same object as long as they do the same. */
export function useShortcuts(shortcuts: Shortcuts): void {
  useEffect(() => {
    let before = "";
    let timer: ReturnType<typeof setTimeout> | undefined;
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
      if (document.querySelector("dialog[open]")) return;
      const pair = `${before} ${event.key}`;
      const act = shortcuts[pair] ?? shortcuts[event.key];
      clearTimeout(timer);
      before = event.key;
      timer = setTimeout(() => {
        before = "";
      }, PAIR_MS);
      if (!act) return;
      event.preventDefault();
      before = "";
      act();
    };
    addEventListener("keydown", press);
    return () => {
      removeEventListener("keydown", press);
      clearTimeout(timer);
    };
  }, [shortcuts]);
}
