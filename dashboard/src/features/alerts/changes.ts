/** What the alert center changes; what is sure to follow is shown before the server answers. */

import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ask, askWithTag } from "@/api/client";
import { nowMs } from "@/api/clock";
import { useSession } from "@/features/session/api";
import type { Alert, Channel, Definition, SilenceAsked } from "./api";

/** Stands for a silence whose number the server has not told yet. */
export const JUST_MADE = -1;

/** Answers of the alert API, one alert of them changed; whatever else is kept stays as it is. */
function changed(kept: unknown, id: number, change: Partial<Alert>): unknown {
  if (Array.isArray(kept)) return kept.map((one) => changed(one, id, change));
  if (typeof kept !== "object" || kept === null) return kept;
  if ("alert_id" in kept && "started_at" in kept) {
    return kept.alert_id === id ? { ...kept, ...change } : kept;
  }
  if ("items" in kept) return { ...kept, items: changed(kept.items, id, change) };
  if ("pages" in kept) return { ...kept, pages: changed(kept.pages, id, change) };
  return kept;
}

/** Shows the alert as it will be; gives back how to show it as it was. */
async function expected(queries: QueryClient, id: number, change: Partial<Alert>) {
  const which = { queryKey: ["alerts"] };
  await queries.cancelQueries(which);
  const before = queries.getQueriesData(which);
  queries.setQueriesData<unknown>(which, (kept: unknown) => changed(kept, id, change));
  return () => {
    for (const [key, kept] of before) queries.setQueryData(key, kept);
  };
}

type Restore = () => void;

/** A change, after which what it may have changed is read again. */
function useChange<Input, Output>(
  act: (input: Input) => Promise<Output>,
  words: readonly string[],
  expect?: (queries: QueryClient, input: Input) => Promise<Restore>,
) {
  const queries = useQueryClient();
  return useMutation({
    meta: { toldByPage: true },
    mutationFn: act,
    onMutate: async (input: Input): Promise<Restore | undefined> => expect?.(queries, input),
    onError: (_error, _input, restore) => restore?.(),
    onSettled: () =>
      Promise.all(words.map((word) => queries.invalidateQueries({ queryKey: [word] }))),
  });
}

export interface Acknowledging {
  id: number;
  comment: string;
}

/** Says that whoever is logged in looks after the alert. */
export function useAcknowledge() {
  const { name } = useSession();
  return useChange(
    ({ id, comment }: Acknowledging) =>
      ask(
        api.POST("/api/v1/alerts/{alert_id}/acknowledgement", {
          params: { path: { alert_id: id } },
          body: { comment },
        }),
      ),
    ["alerts"],
    (queries, { id }) =>
      expected(queries, id, {
        acknowledged_at: new Date(nowMs()).toISOString(),
        acknowledged_by: name,
      }),
  );
}

export interface Silencing {
  asked: SilenceAsked;
  /** The alert that it was made beside. */
  id?: number;
}

/** Makes a silence. */
export function useSilence() {
  return useChange(
    ({ asked }: Silencing) => ask(api.POST("/api/v1/silences", { body: asked })),
    ["silences", "alerts"],
    async (queries, { id }) =>
      id === undefined ? () => undefined : await expected(queries, id, { silenced_by: JUST_MADE }),
  );
}

/** Ends a silence. */
export function useEndSilence() {
  return useChange(
    (id: number) =>
      ask(api.DELETE("/api/v1/silences/{silence_id}", { params: { path: { silence_id: id } } })),
    ["silences", "alerts"],
  );
}

export interface Written {
  name: string;
  definition: Definition;
  /** What was seen of it; null where it is new. */
  tag: string | null;
}

/** Makes a rule, or makes it another. */
export function useWriteRule() {
  return useChange(
    ({ name, definition, tag }: Written) =>
      askWithTag(
        api.PUT("/api/v1/rules/{name}", {
          params: {
            path: { name },
            header: tag === null ? { "if-none-match": "*" } : { "if-match": tag },
          },
          body: definition,
        }),
      ),
    ["rules", "alerts"],
  );
}

/** Removes a rule; its open alerts end. */
export function useRemoveRule() {
  return useChange(
    ({ name, tag }: { name: string; tag: string }) =>
      ask(
        api.DELETE("/api/v1/rules/{name}", {
          params: { path: { name }, header: { "if-match": tag } },
        }),
      ),
    ["rules", "alerts"],
  );
}

/** Sends to somebody's disabled contacts again. */
export function useEnableContact() {
  return useChange(
    ({ name, channel }: { name: string; channel: Channel }) =>
      ask(
        api.POST("/api/v1/people/{name}/contacts/{channel}/enable", {
          params: { path: { name, channel } },
        }),
      ),
    ["people", "rules"],
  );
}
