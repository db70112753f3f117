/** Keys of a page alone: they work while it is shown, and the help lists them. */

import { useEffect, useMemo, useSyncExternalStore } from "react";
import { type Shortcuts, useShortcuts } from "./shortcuts";

export interface PageKey {
  /** As they are pressed: `["g", "x"]` one after the other, or several that do alike. */
  keys: readonly string[];
  /** What they do, for the help. */
  does: string;
  /** What a single key, or a pair, does; without it the page listens itself, as a grid does. */
  act?: () => void;
}

let listed: readonly PageKey[] = [];
const hearers = new Set<() => void>();

function list(next: readonly PageKey[]): void {
  listed = next;
  for (const hear of hearers) hear();
}

function subscribe(hear: () => void): () => void {
  hearers.add(hear);
  return () => {
    hearers.delete(hear);
  };
}

/** @param keys The page's keys; the same array as long as they do the same. */
export function usePageKeys(keys: readonly PageKey[]): void {
  const shortcuts = useMemo<Shortcuts>(
    () =>
      Object.fromEntries(
        keys.flatMap((key) => (key.act ? [[key.keys.join(" "), key.act] as const] : [])),
      ),
    [keys],
  );
  useShortcuts(shortcuts);
  useEffect(() => {
    list([...listed, ...keys]);
    return () => list(listed.filter((key) => !keys.includes(key)));
  }, [keys]);
}

/** The keys of what is shown just now. */
export function useListedKeys(): readonly PageKey[] {
  return useSyncExternalStore(subscribe, () => listed);
}
