/** The articles behind the sentiment, each with its score and why. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { ExternalLink, Layers2, Newspaper, X } from "lucide-react";
import type { Told } from "@/api/client";
import { Button, IconButton } from "@/design/Button";
import { Score } from "@/design/Figure";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Empty, Failure, Skeleton } from "@/design/States";
import { webAddress } from "@/design/webAddress";
import { type Asked, articlesQuery } from "../api";
import type { Span } from "../choices";
import styles from "./ArticlesPanel.module.css";

interface ArticlesPanelProps {
  asked: Asked;
  span: Span;
  story: number | null;
  onStory: (story: number | null) => void;
}

export function ArticlesPanel({ asked, span, story, onStory }: ArticlesPanelProps) {
  const query = useInfiniteQuery(articlesQuery(asked, span, story));
  const articles = query.data?.pages.flatMap((page) => page.items);
  return (
    <Panel
      title={story === null ? "Articles" : "Articles of one story"}
      aside={
        story !== null && (
          <Button icon={X} onClick={() => onStory(null)}>
            Show all
          </Button>
        )
      }
    >
      {query.isError && !articles && (
        <Failure error={query.error} retry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={64} lines={5} />}
      {articles?.length === 0 && (
        <Empty icon={Newspaper} title="No article in this range">
          Choose a longer range to see the news of before.
        </Empty>
      )}
      {articles && articles.length > 0 && (
        <ul className={styles.list}>
          {articles.map((article) => (
            <Article
              key={article.article_id}
              {...{ article, story, onStory }}
              symbol={asked.symbol}
            />
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <Button
          className={styles.more}
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Older articles
        </Button>
      )}
    </Panel>
  );
}

interface ArticleProps {
  article: Told<"ArticleTold">;
  symbol: string;
  story: number | null;
  onStory: (story: number | null) => void;
}

function Article({ article, symbol, story, onStory }: ArticleProps) {
  const about = article.symbols.find((one) => one.symbol === symbol);
  const verdict = about?.sentiment;
  const others = article.symbols.map((one) => one.symbol).filter((one) => one !== symbol);
  const url = webAddress(article.url);
  return (
    <li className={styles.article}>
      <span className={styles.score}>{verdict ? <Score value={verdict.score} /> : "–"}</span>
      <div className={styles.text}>
        {url ? (
          <a className={styles.headline} href={url} target="_blank" rel="noopener noreferrer">
            {article.headline}
            <ExternalLink aria-label="(opens its page)" size={12} />
          </a>
        ) : (
          <span className={styles.headline}>{article.headline}</span>
        )}
        <p className={styles.why}>
          {verdict ? `${verdict.label}: ${verdict.reason}` : noScore(about?.unscored)}
          {verdict?.stands_in &&
            ` Stands in for ${verdict.stands_in.preferred_version}: ${verdict.stands_in.reason}`}
        </p>
        <p className={styles.from}>
          <Instant at={article.known_at} />
          <span>{article.outlet}</span>
          {others.length > 0 && <span>also {others.join(", ")}</span>}
        </p>
      </div>
      {story === null && (
        <IconButton
          icon={Layers2}
          label={`Only the story of “${article.headline}”`}
          onClick={() => onStory(article.story_id)}
        />
      )}
    </li>
  );
}

function noScore(why: string | null | undefined): string {
  return why ? `No score: ${why}` : "No score yet.";
}
