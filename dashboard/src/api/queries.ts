/** How answers are kept, asked again, and kept fresh. */

import { MutationCache, notifyManager, QueryCache, QueryClient } from "@tanstack/react-query";
import { tellFailure } from "./heard";
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
    mutationMeta: {
      /** The page itself says why it was refused, beside the control. */
      toldByPage?: boolean;
    };
  }
}

/** Of what is asked as of a past slot: it never becomes another, so it is asked for once. */
export const PAST = { staleTime: Number.POSITIVE_INFINITY, meta: {} };

const RETRIES = 2;

// Told before the next event, so that the second of two quick clicks finds its button disabled.
notifyManager.setScheduler(queueMicrotask);

/** Keeps answers; what is announced, or polled while the stream is away, `Live` has asked again. */
export function queryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => tellFailure(error, { edit: false, toldByPage: false }),
    }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _context, { meta }) =>
        tellFailure(error, { edit: true, toldByPage: meta?.toldByPage ?? false }),
    }),
    defaultOptions: {
      queries: {
        // What is announced is asked again at once; nothing else makes it old.
        staleTime: 60_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < RETRIES && error instanceof Problem && error.passing,
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}
