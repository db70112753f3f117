/** The state of a page, as the URL holds it. */

import { useCallback } from "react";
import { useSearchParams } from "react-router";

/** Changes some of it; what is null or empty is left out of the URL. */
export type SetParams<Param extends string> = (
  changes: Partial<Record<Param, string | null>>,
) => void;

/** What the URL holds, and how to change it in place; the page stays where it is. */
export function useParamsHeld<Param extends string = string>(): [
  URLSearchParams,
  SetParams<Param>,
] {
  const [search, setSearch] = useSearchParams();
  const set = useCallback<SetParams<Param>>(
    (changes) =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries<string | null | undefined>(changes)) {
            if (value) next.set(name, value);
            else next.delete(name);
          }
          return next;
        },
        { replace: true, preventScrollReset: true },
      ),
    [setSearch],
  );
  return [search, set];
}

/** What the URL says where it is one of those that there are. */
export function oneOf<const Value extends string>(
  value: string | null,
  known: readonly Value[],
): Value | null {
  return known.find((one) => one === value) ?? null;
}
