/** What the news asks. */

import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
} from "@tanstack/react-query";
import { api, ask, type Told, withLists } from "@/api/client";
import { PAST } from "@/api/queries";

export type Story = Told<"StoryTold">;
export type Article = Told<"ArticleTold">;
export type ArticleSymbol = Told<"SymbolTold">;
export type Analysis = Told<"Analysis">;
export type Question = Told<"Question">;

/** A part of a list, and where it goes on. */
export interface Page<Item> {
  items: Item[];
  next?: string | null;
}

export type Pages<Item> = InfiniteData<Page<Item>>;

/** Which news is shown. */
export interface Wish {
  symbol: string | null;
  /** Words of the headline; they search articles. */
  q: string | null;
  scored: boolean | null;
  /** The past slot that is looked at (UTC): nothing is shown that was learned later. */
  at: string | null;
}

const LIMIT = 50;
const TOPICS = ["news", "sentiment"] as const;

type Ask<Item> = (cursor: string | null, signal: AbortSignal) => Promise<Page<Item>>;

function query({ symbol, q, scored, at }: Wish, cursor: string | null) {
  return {
    limit: LIMIT,
    ...(symbol === null ? {} : { symbol }),
    ...(q === null ? {} : { q }),
    ...(scored === null ? {} : { scored }),
    ...(at === null ? {} : { at }),
    ...(cursor === null ? {} : { cursor }),
  };
}

const askStories =
  ({ symbol, at }: Wish): Ask<Story> =>
  (cursor, signal) =>
    withLists(
      ask(
        api.GET("/api/v1/stories", {
          params: { query: query({ symbol, at, q: null, scored: null }, cursor) },
          signal,
        }),
      ),
      "items",
    );

const askArticles =
  (wish: Wish): Ask<Article> =>
  (cursor, signal) =>
    withLists(
      ask(api.GET("/api/v1/articles", { params: { query: query(wish, cursor) }, signal })),
      "items",
    );

/**
 * A list as far as it was read. It is not made anew while somebody reads: what is new is told by
 * `head`, which is.
 */
function feed<Item>(kind: "stories" | "articles", wish: Wish, asks: Ask<Item>) {
  const key = ["news", kind, wish] as const;
  const past = wish.at !== null;
  return {
    pages: infiniteQueryOptions({
      queryKey: [...key, "pages"],
      staleTime: past ? Number.POSITIVE_INFINITY : 0,
      refetchOnReconnect: false,
      placeholderData: keepPreviousData,
      initialPageParam: null as string | null,
      getNextPageParam: (last: Page<Item>) => last.next ?? undefined,
      queryFn: ({ pageParam, signal }): Promise<Page<Item>> => asks(pageParam, signal),
    }),
    head: queryOptions({
      queryKey: [...key, "head"],
      ...(past
        ? PAST
        : {
            meta: { topics: TOPICS, ...(wish.symbol === null ? {} : { symbols: [wish.symbol] }) },
          }),
      queryFn: ({ signal }): Promise<Page<Item>> => asks(null, signal),
    }),
  };
}

export type Feed<Item> = ReturnType<typeof feed<Item>>;

/** Stories, the newest first. */
export const storiesFeed = (wish: Wish): Feed<Story> => feed("stories", wish, askStories(wish));

/** Articles, the newest first. */
export const articlesFeed = (wish: Wish): Feed<Article> =>
  feed("articles", wish, askArticles(wish));

/** The articles that tell a story, the newest first; of the past, those known by then. */
export const storyQuery = (story: Story, at: string | null) =>
  queryOptions({
    queryKey: ["news", "story", story.story_id, at],
    ...(at === null
      ? { meta: { topics: TOPICS, symbols: story.symbols.map((one) => one.symbol) } }
      : PAST),
    queryFn: ({ signal }): Promise<Page<Article>> =>
      ask(
        api.GET("/api/v1/articles", {
          params: {
            query: { story: story.story_id, limit: 500, ...(at === null ? {} : { at }) },
          },
          signal,
        }),
      ),
  });

/** Has a text judged for a symbol; nothing is stored. */
export function useAnalyze() {
  return useMutation({
    meta: { toldByPage: true },
    mutationFn: (question: Question) => ask(api.POST("/api/v1/analyze", { body: question })),
  });
}
