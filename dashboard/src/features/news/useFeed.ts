/** A list that stays where it is while it is read, and tells how much is new. */

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Feed, Pages } from "./api";

/** What is shown and what has come since. */
export interface Read<Item> {
  items: Item[];
  /** How many are new and not shown yet. */
  fresh: number;
  /** Shows them. */
  renew: () => void;
}

/**
 * @param feed What is asked.
 * @param idOf Tells items apart.
 */
export function useFeed<Item>(feed: Feed<Item>, idOf: (item: Item) => number) {
  const queries = useQueryClient();
  const pages = useInfiniteQuery(feed.pages);
  const first = pages.isPlaceholderData ? undefined : pages.data?.pages[0];
  const head = useQuery({
    ...feed.head,
    enabled: first !== undefined,
    ...(first === undefined ? {} : { initialData: first }),
    initialDataUpdatedAt: pages.dataUpdatedAt,
  }).data;
  const read = useMemo((): Read<Item> => {
    const shown = pages.data?.pages.flatMap((page) => page.items) ?? [];
    if (head === undefined || first === undefined) {
      return { items: shown, fresh: 0, renew: () => undefined };
    }
    const newest = new Map(head.items.map((item) => [idOf(item), item]));
    const known = new Set(shown.map(idOf));
    return {
      // In its place, a story is told on and an article gets its scores.
      items: shown.map((item) => newest.get(idOf(item)) ?? item),
      fresh: head.items.filter((item) => !known.has(idOf(item))).length,
      renew: () =>
        queries.setQueryData<Pages<Item>>(feed.pages.queryKey, {
          pages: [head],
          pageParams: [null],
        }),
    };
  }, [pages.data, head, first, feed.pages.queryKey, queries, idOf]);
  return { pages, read };
}
