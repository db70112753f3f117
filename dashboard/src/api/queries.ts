/** How answers are kept, asked again, and kept fresh. */

import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./problem";

/** What the stream tells of; see docs/live.md. */
export type Topic =
  | "bars"
  | "news"
  | "sentiment"
  | "signals"
  | "outcomes"
  | "slots"
  | "watchlist"
  | "people"
  | "rules"
  | "alerts"
  | "silences"
  | "deliveries";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: Error;
    queryMeta: {
      /** Announcements after which it is asked again. None: it is of the past and stays. */
      topics?: readonly Topic[];
      /** Only where one of these is concerned. */
      symbols?: readonly string[];
    };
  }
}

const RETRIES = 2;
/** How often everything shown is asked again while the stream is away. */
export const POLL_MS = 15_000;

/** @param polls Whether the stream is away, so that what changes must be asked for. */
export function queryClient(polls: () => boolean): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // What is announced is asked again at once; nothing else makes it old.
        staleTime: 60_000,
        refetchOnWindowFocus: false,
        refetchInterval: (query) => (query.meta?.topics?.length && polls() ? POLL_MS : false),
        retry: (failures, error) => failures < RETRIES && error instanceof Problem && error.passing,
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}
