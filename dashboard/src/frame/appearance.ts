/** The theme and which colour means up: chosen once, kept in this browser. */

import { useCallback, useState } from "react";

const KEPT = "appearance";

export interface Appearance {
  theme: "system" | "light" | "dark";
  rise: "teal" | "red";
}

function kept(): Appearance {
  const { theme, rise } = document.documentElement.dataset;
  return {
    theme: theme === "light" || theme === "dark" ? theme : "system",
    rise: rise === "red" ? "red" : "teal",
  };
}

/** What is chosen, and how to choose; `public/appearance.js` applies it before the first paint. */
export function useAppearance(): [Appearance, (chosen: Partial<Appearance>) => void] {
  const [appearance, setAppearance] = useState(kept);
  const choose = useCallback((chosen: Partial<Appearance>) => {
    setAppearance((before) => {
      const next = { ...before, ...chosen };
      const { dataset } = document.documentElement;
      if (next.theme === "system") delete dataset.theme;
      else dataset.theme = next.theme;
      if (next.rise === "red") dataset.rise = "red";
      else delete dataset.rise;
      try {
        localStorage.setItem(KEPT, JSON.stringify(next));
      } catch {
        // Where nothing may be kept, it holds until the page is left.
      }
      return next;
    });
  }, []);
  return [appearance, choose];
}
