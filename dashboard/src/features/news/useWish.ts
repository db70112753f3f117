/** Which news is shown, as the URL has it. */

import { useMemo } from "react";
import { useAt } from "@/frame/at";
import { type SetParams as SetSome, useParamsHeld } from "@/frame/params";
import type { Wish } from "./api";

export type View = "stories" | "articles";
export type Param = "symbol" | "q" | "scored" | "view" | "analyze";
export type SetParams = SetSome<Param>;

const SCORED: Record<string, boolean> = { true: true, false: false };

export function useWish(): { wish: Wish; view: View; analyzes: boolean; set: SetParams } {
  const [search, set] = useParamsHeld<Param>();
  const at = useAt();
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
