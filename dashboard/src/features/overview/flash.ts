/** A change is seen once, softly: what changed lights up and fades. */

import { type RefObject, useLayoutEffect, useRef } from "react";
import { calm } from "@/design/calm";
import { isOnScreen } from "./onScreen";

const FLASH_MS = 1_200;

/**
 * Lights an element up when its value has become another one. Not by a class: that would begin
 * again when a card moves to another place, or scrolls into sight long after.
 */
export function useFlash(
  element: RefObject<HTMLElement | null>,
  symbol: string,
  value: number | null | undefined,
): void {
  const before = useRef(value);
  useLayoutEffect(() => {
    const was = before.current;
    before.current = value;
    if (was == null || value == null || was === value) return;
    if (!isOnScreen(symbol) || calm()) return;
    const colour = value > was ? "var(--rise-soft)" : "var(--fall-soft)";
    element.current?.animate([{ backgroundColor: colour }, { backgroundColor: "transparent" }], {
      duration: FLASH_MS,
      easing: "ease-in",
    });
  }, [element, symbol, value]);
}
