/** A list of news by day, with what is new above it and more of it below. */

import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { ArrowUp, Newspaper } from "lucide-react";
import { type ReactNode, useMemo, useRef } from "react";
import { sentenceOf } from "@/api/problem";
import { Button } from "@/design/Button";
import { classes } from "@/design/classes";
import { count, day } from "@/design/format";
import { useNow } from "@/design/now";
import { Empty, Failure, Skeleton } from "@/design/States";
import type { Pages } from "../api";
import type { Read } from "../useFeed";
import styles from "./FeedList.module.css";

const ONE = { stories: "story", articles: "article" } as const;

interface FeedListProps<Item> {
  /** What they are: `stories`. */
  name: "stories" | "articles";
  pages: UseInfiniteQueryResult<Pages<Item>, Error>;
  read: Read<Item>;
  idOf: (item: Item) => number;
  /** From when it may be used (UTC). */
  knownAt: (item: Item) => string;
  /** What to do where there are none. */
  none: ReactNode;
  children: (item: Item) => ReactNode;
}

export function FeedList<Item>(props: FeedListProps<Item>) {
  const { name, pages, read, none } = props;
  const list = useRef<HTMLDivElement>(null);
  const again = () => void pages.refetch();
  if (pages.data === undefined) {
    if (pages.isError) return <Failure error={pages.error} retry={again} />;
    return (
      <div aria-busy="true" className={styles.list}>
        <span className="visually-hidden" role="status">
          Loading
        </span>
        <Skeleton height={76} lines={7} />
      </div>
    );
  }
  const renew = () => {
    read.renew();
    // The control goes; whoever pressed it goes on where the new ones begin.
    list.current?.focus({ preventScroll: true });
    list.current?.scrollIntoView({ block: "start" });
  };
  return (
    <div
      ref={list}
      tabIndex={-1}
      className={classes(styles.list, pages.isPlaceholderData && styles.old)}
    >
      <div role="status" className={styles.fresh}>
        {read.fresh > 0 && (
          <Button look="main" icon={ArrowUp} onClick={renew}>
            {count(read.fresh)} new {read.fresh === 1 ? ONE[name] : name}
          </Button>
        )}
      </div>
      {pages.isError && (
        <p role="alert" className={styles.note}>
          {sentenceOf(pages.error)} What you see is older.
        </p>
      )}
      {read.items.length === 0 ? (
        <Empty icon={Newspaper} title={`No ${name} here`}>
          {none}
        </Empty>
      ) : (
        <Days {...props} />
      )}
      {pages.hasNextPage && (
        <Button
          className={styles.more}
          disabled={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          {pages.isFetchingNextPage ? "Reading more" : `More ${name}`}
        </Button>
      )}
    </div>
  );
}

function Days<Item>({ name, read, idOf, knownAt, children }: FeedListProps<Item>) {
  const today = day(useNow());
  const days = useMemo(() => {
    const found = new Map<string, Item[]>();
    for (const item of read.items) {
      const on = day(knownAt(item));
      found.set(on, [...(found.get(on) ?? []), item]);
    }
    return [...found];
  }, [read.items, knownAt]);
  return days.map(([on, items]) => (
    <section key={on} aria-label={`${on}, ${name}`}>
      <h2 className={styles.day}>
        {on === today ? "Today" : on} <span>{count(items.length)}</span>
      </h2>
      <ul className={styles.items}>
        {items.map((item) => (
          <li key={idOf(item)}>{children(item)}</li>
        ))}
      </ul>
    </section>
  ));
}
