/** Filters, which stand in the URL so that a link shows the same. */

import { useCallback } from "react";
import { useSearchParams } from "react-router";

/** What the URL says, and how to say something else; null takes a filter away. */
export function useChoices() {
  const [search, setSearch] = useSearchParams();
  const choose = useCallback(
    (chosen: Readonly<Record<string, string | null>>) =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(chosen)) {
            if (value) next.set(name, value);
            else next.delete(name);
          }
          return next;
        },
        { replace: true, preventScrollReset: true },
      ),
    [setSearch],
  );
  return { search, choose };
}

/** The value where it is one of those that there are. */
export function oneOf<const Value extends string>(
  value: string | null,
  known: readonly Value[],
): Value | null {
  return known.find((one) => one === value) ?? null;
}
