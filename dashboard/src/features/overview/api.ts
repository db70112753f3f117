/** What the overview asks beside `api/shared`, and its words. */

import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Told } from "@/api/client";

export type Overview = Told<"Overview">;
export type Glance = Told<"Glance">;

const LOOK_MS = 60_000;

/** When the next tick is due. That one did not come is announced by nobody, so it is asked. */
export const nextTickQuery = queryOptions({
  queryKey: ["overview", "next-tick"],
  meta: { topics: ["slots"] },
  refetchInterval: LOOK_MS,
  queryFn: ({ signal }) => ask(api.GET("/api/v1/freshness", { signal })),
  select: (freshness) => freshness.next_tick_at,
});
