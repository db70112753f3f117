/** What is followed: reading one, following, tagging, and following no longer. */

import { type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ask, askWithTag, type Told } from "@/api/client";
import { overviewQuery } from "@/api/shared";
import { useToast } from "@/design/Toasts";

export type Instrument = Told<"Instrument">;
export type Wanted = Partial<Told<"Wanted">>;

/** One that is followed, with the ETag that an edit sends back. Not live: an edit is of what was read. */
export const watchedQuery = (symbol: string) =>
  queryOptions({
    queryKey: ["watchlist", symbol],
    meta: {},
    staleTime: 0,
    gcTime: 0,
    queryFn: ({ signal }) =>
      askWithTag(api.GET("/api/v1/watchlist/{symbol}", { params: { path: { symbol } }, signal })),
  });

function put(symbol: string, wanted: Wanted, tag: string | null) {
  return askWithTag(
    api.PUT("/api/v1/watchlist/{symbol}", {
      params: {
        path: { symbol },
        header: tag === null ? { "if-none-match": "*" } : { "if-match": tag },
      },
      body: { look_up: true, ...wanted },
    }),
  );
}

/** The overview of the present as it is after an edit, until it is read again. */
function changeOverview(
  queries: QueryClient,
  change: (symbols: Told<"Glance">[]) => Told<"Glance">[],
): void {
  queries.setQueryData(
    overviewQuery(null).queryKey,
    (before) => before && { ...before, symbols: change(before.symbols) },
  );
}

function readAgain(queries: QueryClient): void {
  void queries.invalidateQueries({
    predicate: (query) => !!query.meta?.topics?.includes("watchlist"),
  });
}

/** Follows a symbol that is not followed. */
export function useFollow() {
  const queries = useQueryClient();
  return useMutation({
    meta: { toldByPage: true },
    mutationFn: ({ symbol, wanted }: { symbol: string; wanted: Wanted }) =>
      put(symbol, wanted, null),
    onSettled: () => readAgain(queries),
  });
}

interface Retag {
  symbol: string;
  tags: string[];
  /** The ETag of what was read. */
  tag: string;
}

/** Changes a symbol's tags; `undo` takes the change back. */
export function useRetag() {
  const queries = useQueryClient();
  const tell = useToast();
  const mutation = useMutation({
    meta: { toldByPage: true },
    mutationFn: ({ symbol, tags, tag }: Retag) => put(symbol, { tags, look_up: false }, tag),
    onSuccess: (_, { symbol, tags }) =>
      changeOverview(queries, (symbols) =>
        symbols.map((one) => (one.symbol === symbol ? { ...one, tags } : one)),
      ),
    onSettled: () => readAgain(queries),
  });
  const retag = async (wish: Retag, before: string[]): Promise<void> => {
    const { tag } = await mutation.mutateAsync(wish);
    const back = { symbol: wish.symbol, tags: before };
    tell({
      text: `The tags of ${wish.symbol} are saved.`,
      ...(tag === null
        ? {}
        : {
            undo: () =>
              mutation
                .mutateAsync({ ...back, tag })
                .catch((error: Error) => tell({ text: error.message, bad: true })),
          }),
    });
  };
  return { ...mutation, retag };
}

/** Follows a symbol no longer; the notice about it takes that back. */
export function useUnfollow() {
  const queries = useQueryClient();
  const tell = useToast();
  const follow = useFollow();
  const refused = (error: Error) => tell({ text: error.message, bad: true });
  return useMutation({
    meta: { toldByPage: true },
    mutationFn: ({ instrument, tag }: { instrument: Instrument; tag: string }) =>
      ask(
        api.DELETE("/api/v1/watchlist/{symbol}", {
          params: { path: { symbol: instrument.symbol }, header: { "if-match": tag } },
        }),
      ),
    onMutate: ({ instrument: { symbol } }) =>
      changeOverview(queries, (symbols) => symbols.filter((one) => one.symbol !== symbol)),
    onError: refused,
    onSuccess: (_, { instrument: { symbol, ...known } }) =>
      tell({
        text: `${symbol} is followed no longer; what is stored of it stays.`,
        undo: () =>
          void follow.mutateAsync({ symbol, wanted: { ...known, look_up: false } }).catch(refused),
      }),
    onSettled: () => readAgain(queries),
  });
}
