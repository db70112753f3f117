/** Which news is shown, as the URL has it. */

import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useAt } from "@/frame/at";
import type { Wish } from "./api";

export type View = "stories" | "articles";
export type Param = "symbol" | "q" | "scored" | "view" | "analyze";
export type SetParams = (changes: Partial<Record<Param, string | null>>) => void;

const SCORED: Record<string, boolean> = { true: true, false: false };

export function useWish(): { wish: Wish; view: View; analyzes: boolean; set: SetParams } {
  const [search, setSearch] = useSearchParams();
  const at = useAt();
  const set = useCallback<SetParams>(
    (changes) =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changes)) {
            if (value === null || value === "") next.delete(name);
            else next.set(name, value);
          }
          return next;
        },
        { replace: true, preventScrollReset: true },
      ),
    [setSearch],
  );
  const symbol = search.get("symbol") || null;
  const q = search.get("q")?.trim() || null;
  const scored = SCORED[search.get("scored") ?? ""] ?? null;
  const wish = useMemo(() => ({ symbol, q, scored, at }), [symbol, q, scored, at]);
  // Stories have no words and no verdicts of their own to look for.
  const articles = q !== null || scored !== null || search.get("view") === "articles";
  return {
    wish,
    view: articles ? "articles" : "stories",
    analyzes: search.get("analyze") === "1",
    set,
  };
}
