/** The news, and judging a text of one’s own. */

import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query";
import { api, ask, type Told } from "@/api/client";

export type Story = Told<"StoryTold">;
export type Article = Told<"ArticleTold">;
export type Analysis = Told<"Analysis">;
type Stories = Told<"Page_StoryTold_">;

const PAGE = 30;

/** The stories, the newest first; of a past slot those known by then. */
export const storiesQuery = (symbol: string | null, at: string | null) =>
  infiniteQueryOptions({
    queryKey: ["stories", symbol, at],
    meta:
      at === null
        ? { topics: ["news", "sentiment"], ...(symbol ? { symbols: [symbol] } : {}) }
        : {},
    initialPageParam: null as string | null,
    getNextPageParam: (page: Stories) => page.next ?? null,
    queryFn: ({ signal, pageParam }): Promise<Stories> =>
      ask(
        api.GET("/api/v1/stories", {
          params: {
            query: {
              limit: PAGE,
              ...(symbol ? { symbol } : {}),
              ...(at ? { to: at } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
          signal,
        }),
      ),
  });

/** The articles of a story, with their scores and reasons. */
export const storyQuery = (id: number) =>
  queryOptions({
    queryKey: ["stories", "one", id],
    meta: { topics: ["sentiment"] },
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/stories/{story_id}", { params: { path: { story_id: id } }, signal })),
  });

export function useAnalyze() {
  return useMutation({
    mutationFn: (question: Told<"Question">) =>
      ask(api.POST("/api/v1/analyze", { body: question })),
  });
}

/** An address that may be followed: what a feed calls its link may be anything. */
export function safe(url: string | null): string | null {
  return url !== null && /^https?:\/\//i.test(url) ? url : null;
}
