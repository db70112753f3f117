/** What the alert center asks and changes. */

import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, ask, askWithTag, type Told } from "@/api/client";

export type Alert = Told<"AlertListed">;
export type Story = Told<"AlertStory">;
export type Person = Told<"PersonShown">;
export type Silence = Told<"SilenceShown">;
export type Delivery = Told<"DeliveryShown">;
export type Trial = Told<"TrialAnswer">;
export type Rule = Told<"Page_RuleShown_">["items"][number];
/** A rule's keys as docs/alerts.md names them. */
export type Definition = Record<string, unknown>;

const PAGE = 50;

export interface Wish {
  state: "open" | "resolved" | null;
  rule: string | null;
  symbol: string | null;
  severity: "info" | "warning" | "critical" | null;
}

function said<Value>(wish: Record<string, Value | null>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(wish).filter(([, value]) => value !== null && value !== ""),
  ) as Record<string, Value>;
}

/** Alerts, the newest first; of a past slot those open then. */
export const alertsQuery = (wish: Wish, at: string | null) =>
  infiniteQueryOptions({
    queryKey: ["alerts", "list", wish, at],
    meta: at === null ? { topics: ["alerts", "silences"] } : {},
    initialPageParam: null as string | null,
    getNextPageParam: (page: Told<"Page_AlertListed_">) => page.next ?? null,
    queryFn: ({ signal, pageParam }): Promise<Told<"Page_AlertListed_">> =>
      ask(
        api.GET("/api/v1/alerts", {
          params: { query: { ...said({ ...wish, at, cursor: pageParam }), limit: PAGE } },
          signal,
        }),
      ),
  });

/** One alert with every decision about it. */
export const alertQuery = (id: number) =>
  queryOptions({
    queryKey: ["alerts", "one", id],
    meta: { topics: ["alerts", "silences", "deliveries"] },
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/alerts/{alert_id}", { params: { path: { alert_id: id } }, signal })),
  });

export const rulesQuery = queryOptions({
  queryKey: ["rules"],
  meta: { topics: ["rules", "alerts"] },
  queryFn: ({ signal }) =>
    ask(api.GET("/api/v1/rules", { params: { query: { limit: 500 } }, signal })),
});

/** A rule, and the tag by which an edit says what it saw. */
export const ruleQuery = (name: string) =>
  queryOptions({
    queryKey: ["rules", name],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      askWithTag(api.GET("/api/v1/rules/{name}", { params: { path: { name } }, signal })),
  });

export const peopleQuery = queryOptions({
  queryKey: ["people"],
  meta: { topics: ["people"] },
  queryFn: ({ signal }) => ask(api.GET("/api/v1/people", { signal })),
});

export const silencesQuery = (state: "lasting" | "ended") =>
  queryOptions({
    queryKey: ["silences", state],
    meta: { topics: ["silences"] },
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/silences", { params: { query: { state, limit: 100 } }, signal })),
  });

export const deliveriesQuery = infiniteQueryOptions({
  queryKey: ["deliveries"],
  meta: { topics: ["deliveries"] },
  initialPageParam: null as string | null,
  getNextPageParam: (page: Told<"Page_DeliveryShown_">) => page.next ?? null,
  queryFn: ({ signal, pageParam }): Promise<Told<"Page_DeliveryShown_">> =>
    ask(
      api.GET("/api/v1/deliveries", {
        params: { query: { ...said({ cursor: pageParam }), limit: PAGE } },
        signal,
      }),
    ),
});

/** What a rule would have done in the last days; nothing is kept of it. */
export const trialQuery = (name: string, definition: Definition) =>
  queryOptions({
    queryKey: ["trial", name, definition],
    staleTime: 60_000,
    retry: false,
    queryFn: ({ signal }) =>
      ask(
        api.POST("/api/v1/trials", { body: { rules: { [name]: definition }, days: 30 }, signal }),
      ),
  });

/** A change, after which what it may have changed is read again. */
function useChange<Input, Output>(act: (input: Input) => Promise<Output>, ...words: string[]) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSettled: () =>
      Promise.all(words.map((word) => queries.invalidateQueries({ queryKey: [word] }))),
  });
}

export function useAcknowledge() {
  return useChange(
    (id: number) =>
      ask(
        api.POST("/api/v1/alerts/{alert_id}/acknowledgement", {
          params: { path: { alert_id: id } },
          body: { comment: "" },
        }),
      ),
    "alerts",
  );
}

export function useSilence() {
  return useChange(
    (body: Told<"SilenceAsked">) => ask(api.POST("/api/v1/silences", { body })),
    "silences",
    "alerts",
  );
}

export function useEndSilence() {
  return useChange(
    (id: number) =>
      ask(api.DELETE("/api/v1/silences/{silence_id}", { params: { path: { silence_id: id } } })),
    "silences",
    "alerts",
  );
}

export interface Written {
  name: string;
  definition: Definition;
  /** What was seen of it; null where it is new. */
  tag: string | null;
}

export function useWriteRule() {
  return useChange(
    ({ name, definition, tag }: Written) =>
      ask(
        api.PUT("/api/v1/rules/{name}", {
          params: {
            path: { name },
            header: tag === null ? { "if-none-match": "*" } : { "if-match": tag },
          },
          body: definition,
        }),
      ),
    "rules",
    "alerts",
  );
}

export function useRemoveRule() {
  return useChange(
    ({ name, tag }: { name: string; tag: string }) =>
      ask(
        api.DELETE("/api/v1/rules/{name}", {
          params: { path: { name }, header: { "if-match": tag } },
        }),
      ),
    "rules",
    "alerts",
  );
}

export function useEnableContact() {
  return useChange(
    ({ name, channel }: { name: string; channel: "email" | "sms" | "apprise" | "console" }) =>
      ask(
        api.POST("/api/v1/people/{name}/contacts/{channel}/enable", {
          params: { path: { name, channel } },
        }),
      ),
    "people",
  );
}
