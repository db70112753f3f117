/** The past slot that is looked at. It stands in the URL, so that a link shows the same. */

import { useCallback } from "react";
import { useSearchParams } from "react-router";
import { useParamsHeld } from "./params";

/** Of the URL: an instant on the half-hour grid, without its zeros. */
const WRITTEN = /^(\d{4}-\d{2}-\d{2}T\d{2}:(?:00|30))Z$/;

/** What the URL says of it, as the API is asked: `2026-11-27T15:30:00Z`; null for the present. */
export function atOf(search: URLSearchParams): string | null {
  const found = WRITTEN.exec(search.get("at") ?? "");
  const at = `${found?.[1]}:00Z`;
  // A browser takes 31 February for a day of March.
  if (!found || Number.isNaN(Date.parse(at)) || written(at) !== found[0]) return null;
  return at;
}

/** The slot as the URL writes it. */
export function written(slotAt: string): string {
  return `${new Date(slotAt).toISOString().slice(0, 16)}Z`;
}

/** The past slot that is looked at (UTC, ISO 8601); null for the present. */
export function useAt(): string | null {
  const [search] = useSearchParams();
  return atOf(search);
}

/** Goes to a past slot, or with null to the present; the page stays. */
export function useGoTo(): (slotAt: string | null) => void {
  const [, set] = useParamsHeld<"at">();
  return useCallback((slotAt) => set({ at: slotAt === null ? null : written(slotAt) }), [set]);
}
