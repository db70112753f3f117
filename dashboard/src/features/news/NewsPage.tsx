/** What was told of the watchlist, story by story. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Newspaper } from "lucide-react";
import { useSearchParams } from "react-router";
import { overviewQuery } from "@/api/shared";
import { Button } from "@/design/Button";
import { SelectField } from "@/design/Field";
import { PageHead, Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { useAt } from "@/frame/at";
import { useTitle } from "@/frame/title";
import { storiesQuery } from "./api";
import { AnalyzeBox } from "./components/AnalyzeBox";
import styles from "./components/News.module.css";
import { StoryItem } from "./components/StoryItem";

export default function NewsPage() {
  useTitle("News");
  const at = useAt();
  const [search, setSearch] = useSearchParams();
  const symbol = search.get("symbol");
  const query = useInfiniteQuery(storiesQuery(symbol, at));
  const symbols = (useQuery(overviewQuery(at)).data?.symbols ?? []).map((one) => one.symbol);
  const choose = (chosen: string) =>
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (chosen) next.set("symbol", chosen);
      else next.delete("symbol");
      return next;
    });
  return (
    <>
      <PageHead title="News">
        <SelectField
          bare
          label="Symbol"
          value={symbol ?? ""}
          onChange={(event) => choose(event.target.value)}
        >
          <option value="">All symbols</option>
          {symbols.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </SelectField>
      </PageHead>
      <div className={styles.page}>
        <Panel title="Stories" note="Articles that tell one event are one story." flush>
          <Answer query={query} skeleton={<Skeleton height={56} lines={8} />}>
            {({ pages }) => {
              const stories = pages.flatMap((page) => page.items);
              if (stories.length === 0)
                return <Empty icon={Newspaper} title="No story is known." />;
              return (
                <ul className={styles.stories}>
                  {stories.map((story) => (
                    <StoryItem key={story.story_id} story={story} />
                  ))}
                </ul>
              );
            }}
          </Answer>
          {query.hasNextPage && (
            <p className={styles.more}>
              <Button
                disabled={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                Show older ones
              </Button>
            </p>
          )}
        </Panel>
        <AnalyzeBox symbols={symbols} />
      </div>
    </>
  );
}
