/** What the alert center asks; what it changes is in `changes.ts`. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask, askWithTag, type Told, withLists } from "@/api/client";
import { Problem } from "@/api/problem";
import { PAST } from "@/api/queries";

export type Alert = Told<"AlertListed">;
export type Story = Told<"AlertStory">;
export type StoryEvent = Told<"EventShown">;
export type Notice = Told<"NoticeShown">;
export type Person = Told<"PersonShown">;
export type Channel = Told<"Contact">["channel"];
export type Silence = Told<"SilenceShown">;
export type SilenceAsked = Told<"SilenceAsked">;
export type Delivery = Told<"DeliveryShown">;
export type Trial = Told<"TrialAnswer">;
export type Firing = Told<"Firing">;
export type Rule = Told<"Page_RuleShown_">["items"][number];
export type Standing = Told<"Standing">;
export type Severity = Told<"Severity">;
export const SEVERITIES: readonly Severity[] = ["info", "warning", "critical"];
/** A rule's keys as docs/alerts.md names them. */
export type Definition = Record<string, unknown>;

const PAGE = 50;
const BUSY = 503;
const MOST_TRIES = 6;

/** Which alerts are wanted; null leaves it open. */
export interface Wish {
  rule: string | null;
  symbol: string | null;
  severity: Severity | null;
}

/** Only what is said. */
function said<Wished extends object>(wish: Wished) {
  return Object.fromEntries(
    Object.entries(wish).filter(([, value]) => value !== null && value !== ""),
  ) as { [Key in keyof Wished]?: NonNullable<Wished[Key]> };
}

/** Alerts in one state, the newest first; now, or as they stood at a past slot. */
export const alertsQuery = (state: "open" | "resolved", wish: Wish, at: string | null) =>
  infiniteQueryOptions({
    queryKey: ["alerts", "list", state, wish, at],
    ...(at === null ? { meta: { topics: ["alerts", "silences", "rules"] as const } } : PAST),
    placeholderData: keepPreviousData,
    initialPageParam: null as string | null,
    getNextPageParam: (page: Told<"Page_AlertListed_">) => page.next ?? null,
    queryFn: ({ signal, pageParam }): Promise<Told<"Page_AlertListed_">> =>
      ask(
        api.GET("/api/v1/alerts", {
          params: { query: { state, ...said({ ...wish, at, cursor: pageParam }), limit: PAGE } },
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

/** All rules, by name; they know where an alert's threshold lies. */
export const rulesQuery = queryOptions({
  queryKey: ["rules", "all"],
  meta: { topics: ["rules", "alerts"] },
  queryFn: async ({ signal }): Promise<Rule[]> => {
    const rules: Rule[] = [];
    let cursor: string | null = null;
    do {
      const query: { limit: number; cursor?: string } = { limit: 500, ...said({ cursor }) };
      const page: Told<"Page_RuleShown_"> = await ask(
        api.GET("/api/v1/rules", { params: { query }, signal }),
      );
      rules.push(...page.items);
      cursor = page.next ?? null;
    } while (cursor !== null);
    return rules;
  },
});

/** A rule, and the tag by which an edit says what it saw. Whoever edits keeps what he began with. */
export const ruleQuery = (name: string) =>
  queryOptions({
    queryKey: ["rule", name],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: ({ signal }) =>
      askWithTag(api.GET("/api/v1/rules/{name}", { params: { path: { name } }, signal })),
  });

/** The rule as somebody else left it meanwhile. */
export const theirRuleQuery = (name: string) =>
  queryOptions({
    ...ruleQuery(name),
    queryKey: ["rule", name, "theirs"],
    staleTime: 0,
    retry: false,
  });

export const peopleQuery = queryOptions({
  queryKey: ["people"],
  meta: { topics: ["people"] },
  queryFn: ({ signal }) => withLists(ask(api.GET("/api/v1/people", { signal }))),
});

/** Silences that last, or that have ended; the newest first. */
export const silencesQuery = (state: "lasting" | "ended") =>
  infiniteQueryOptions({
    queryKey: ["silences", state],
    meta: { topics: ["silences", "alerts"] },
    initialPageParam: null as string | null,
    getNextPageParam: (page: Told<"Page_SilenceShown_">) => page.next ?? null,
    queryFn: ({ signal, pageParam }): Promise<Told<"Page_SilenceShown_">> =>
      ask(
        api.GET("/api/v1/silences", {
          params: { query: { state, ...said({ cursor: pageParam }), limit: PAGE } },
          signal,
        }),
      ),
  });

/** Which messages are wanted; null leaves it open. */
export interface Wanted {
  progress: Delivery["progress"] | null;
  person: string | null;
  channel: Channel | null;
}

/** Messages with what was tried of each, the newest first. */
export const deliveriesQuery = (wanted: Wanted) =>
  infiniteQueryOptions({
    queryKey: ["deliveries", wanted],
    meta: { topics: ["deliveries"] },
    placeholderData: keepPreviousData,
    initialPageParam: null as string | null,
    getNextPageParam: (page: Told<"Page_DeliveryShown_">) => page.next ?? null,
    queryFn: ({ signal, pageParam }): Promise<Told<"Page_DeliveryShown_">> =>
      ask(
        api.GET("/api/v1/deliveries", {
          params: { query: { ...said({ ...wanted, cursor: pageParam }), limit: PAGE } },
          signal,
        }),
      ),
  });

/** What a rule would have done in the last days; nothing is kept of it, and nobody is told. */
export const trialQuery = (name: string, definition: Definition, days: number) =>
  queryOptions({
    queryKey: ["trial", name, definition, days],
    staleTime: 60_000,
    // Others may be trying rules, which the server does one after another.
    retry: (failures, error) =>
      failures < MOST_TRIES && error instanceof Problem && error.status === BUSY,
    retryDelay: 900,
    queryFn: ({ signal }) =>
      ask(api.POST("/api/v1/trials", { body: { rules: { [name]: definition }, days }, signal })),
  });
