/** The news, as stories or as articles, with scores and reasons; and a box to try a headline in. */

import { WandSparkles } from "lucide-react";
import { useMemo } from "react";
import { Button } from "@/design/Button";
import { PageHead } from "@/design/Panel";
import { useTitle } from "@/frame/title";
import { type Article, articlesFeed, type Story, storiesFeed, type Wish } from "./api";
import { Analyze } from "./components/Analyze";
import { ArticleRow } from "./components/ArticleRow";
import { FeedList } from "./components/FeedList";
import { Filters } from "./components/Filters";
import { StoryRow } from "./components/StoryRow";
import styles from "./NewsPage.module.css";
import { useFeed } from "./useFeed";
import { type SetParams, useWish, type View } from "./useWish";

export default function NewsPage() {
  useTitle("News");
  const { wish, view, analyzes, set } = useWish();
  return (
    <>
      <PageHead title="News">
        <Button
          icon={WandSparkles}
          className={styles.opener}
          aria-expanded={analyzes}
          onClick={() => set({ analyze: analyzes ? null : "1" })}
        >
          Analyze a headline
        </Button>
      </PageHead>
      <div className={styles.page} data-analyzes={analyzes}>
        <div className={styles.news}>
          <Filters wish={wish} view={view} set={set} />
          {view === "stories" ? (
            <Stories wish={wish} set={set} />
          ) : (
            <Articles wish={wish} set={set} />
          )}
        </div>
        <div className={styles.aside}>
          <Analyze asked={analyzes} symbol={wish.symbol} onClose={() => set({ analyze: null })} />
        </div>
      </div>
    </>
  );
}

const storyId = (story: Story) => story.story_id;
const storyKnownAt = (story: Story) => story.first_known_at;
const articleId = (article: Article) => article.article_id;
const articleKnownAt = (article: Article) => article.known_at;

interface ListProps {
  wish: Wish;
  set: SetParams;
}

function Stories({ wish, set }: ListProps) {
  const feed = useMemo(() => storiesFeed(wish), [wish]);
  const { pages, read } = useFeed(feed, storyId);
  return (
    <FeedList
      name="stories"
      pages={pages}
      read={read}
      idOf={storyId}
      knownAt={storyKnownAt}
      none={<None wish={wish} view="stories" set={set} />}
    >
      {(story) => <StoryRow story={story} at={wish.at} />}
    </FeedList>
  );
}

function Articles({ wish, set }: ListProps) {
  const feed = useMemo(() => articlesFeed(wish), [wish]);
  const { pages, read } = useFeed(feed, articleId);
  return (
    <FeedList
      name="articles"
      pages={pages}
      read={read}
      idOf={articleId}
      knownAt={articleKnownAt}
      none={<None wish={wish} view="articles" set={set} />}
    >
      {(article) => (
        <div className={styles.article}>
          <ArticleRow article={article} />
        </div>
      )}
    </FeedList>
  );
}

function None({ wish, view, set }: { wish: Wish; view: View; set: SetParams }) {
  const { symbol, q, scored, at } = wish;
  if (symbol === null && q === null && scored === null) {
    return at === null
      ? "The next tick brings what the providers have; Operations tells whether they answer."
      : "Nothing was known yet at the slot you look at; go to a later one.";
  }
  return (
    <>
      <p>Other words, another symbol, or no filter at all may find {view}.</p>
      <p className={styles.action}>
        <Button onClick={() => set({ symbol: null, q: null, scored: null })}>
          Leave out the filters
        </Button>
      </p>
    </>
  );
}
