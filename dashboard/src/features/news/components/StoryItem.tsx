/** A story: what is told, by whom, of which symbols; opened, its articles and their scores. */

import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/design/Badge";
import { Score } from "@/design/Figure";
import { share } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Answer, Skeleton } from "@/design/States";
import { AtLink } from "@/frame/AtLink";
import { type Article, type Story, safe, storyQuery } from "../api";
import styles from "./News.module.css";

export function StoryItem({ story }: { story: Story }) {
  const [open, setOpen] = useState(false);
  return (
    <li className={styles.story}>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className={styles.headline}>{story.headline}</summary>
        {open && <Articles id={story.story_id} />}
      </details>
      <p className={styles.line}>
        {story.symbols.map((one) => (
          <AtLink key={one.symbol} to={`/symbols/${encodeURIComponent(one.symbol)}`}>
            <strong>{one.symbol}</strong>{" "}
            {one.mean_score == null ? "not scored" : <Score value={one.mean_score} />}
          </AtLink>
        ))}
        <span>
          {story.articles} {story.articles === 1 ? "article" : "articles"} ·{" "}
          {story.outlets.join(", ")}
        </span>
        <span className={styles.when}>
          <Instant at={story.last_known_at} /> · <Instant at={story.last_known_at} as="age" />
        </span>
      </p>
    </li>
  );
}

function Articles({ id }: { id: number }) {
  const query = useQuery(storyQuery(id));
  return (
    <Answer query={query} skeleton={<Skeleton height={40} lines={2} />}>
      {({ articles }) => (
        <ul className={styles.articles}>
          {articles.items.map((article) => (
            <OneArticle key={article.article_id} article={article} />
          ))}
        </ul>
      )}
    </Answer>
  );
}

function OneArticle({ article }: { article: Article }) {
  const url = safe(article.url);
  return (
    <li className={styles.article}>
      <p>
        {url ? (
          <a href={url} target="_blank" rel="noopener noreferrer" className={styles.link}>
            {article.headline} <ExternalLink size={12} aria-label="opens the outlet’s page" />
          </a>
        ) : (
          article.headline
        )}
      </p>
      <p className={styles.line}>
        {article.outlet} · <Instant at={article.published_at} /> · by {article.provider}
      </p>
      {article.symbols.map(({ symbol, sentiment, unscored, matched_by: matched }) => (
        <p key={symbol} className={styles.verdict}>
          <strong>{symbol}</strong>
          {sentiment ? (
            <>
              <Score value={sentiment.score} /> {sentiment.label}, {share(sentiment.confidence)}{" "}
              sure: {sentiment.reason}
              {sentiment.stands_in && (
                <Badge tone="warn" title={sentiment.stands_in.reason}>
                  by {sentiment.answered_by} instead
                </Badge>
              )}
            </>
          ) : (
            <span>not scored: {unscored ?? "it waits"}</span>
          )}
          <span className={styles.matched}>{matched}</span>
        </p>
      ))}
    </li>
  );
}
