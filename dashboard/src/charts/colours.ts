/** The tokens' colours as a canvas or an SVG attribute needs them, in the theme of the moment. */

import { useMemo, useSyncExternalStore } from "react";

/** What the browser makes of a token; `light-dark()` only resolves where it is a colour. */
export function colour(token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  probe.hidden = true;
  // What rises and what falls would look the same where the system chooses the colours.
  probe.style.setProperty("forced-color-adjust", "none");
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function subscribe(hear: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = new MutationObserver(hear);
  system.addEventListener("change", hear);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme", "data-rise"] });
  return () => {
    system.removeEventListener("change", hear);
    chosen.disconnect();
  };
}

function appearance(): string {
  const { theme = "", rise = "" } = document.documentElement.dataset;
  return `${theme} ${rise} ${matchMedia("(prefers-color-scheme: dark)").matches}`;
}

/** The colours of tokens by their names; anew when the theme changes. */
export function useColours<Name extends string>(tokens: Readonly<Record<Name, string>>) {
  const now = useSyncExternalStore(subscribe, appearance);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the appearance is what changes them
  return useMemo(() => {
    const found = Object.entries<string>(tokens).map(([name, token]) => [name, colour(token)]);
    return Object.fromEntries(found) as Record<Name, string>;
  }, [tokens, now]);
}
