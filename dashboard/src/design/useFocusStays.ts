/** Where the control that had the focus goes away, the focus goes to what stays around it. */

import { type RefObject, useLayoutEffect, useRef } from "react";

const USABLE = "button:not(:disabled), a[href]";

interface Stays<Element extends HTMLElement> {
  ref: RefObject<Element | null>;
  tabIndex: -1;
  onFocus: () => void;
  onBlur: () => void;
}

/** For the element around controls that replace one another; who reads on finds the next of them. */
export function useFocusStays<Element extends HTMLElement>(): Stays<Element> {
  const around = useRef<Element>(null);
  const inside = useRef(false);
  // React tells of no blur while it takes the focused control away, so `inside` is still true then.
  useLayoutEffect(() => {
    if (!inside.current || document.activeElement !== document.body) return;
    (around.current?.querySelector<HTMLElement>(USABLE) ?? around.current)?.focus();
  });
  return {
    ref: around,
    tabIndex: -1,
    onFocus: () => {
      inside.current = true;
    },
    onBlur: () => {
      inside.current = false;
    },
  };
}
