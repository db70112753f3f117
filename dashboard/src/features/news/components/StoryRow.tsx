/** A story: its headline, who told it and when, whom it concerns; opened, its articles. */

import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { Score, ScoreBar } from "@/design/Figure";
import { Instant } from "@/design/Instant";
import { Answer, Skeleton } from "@/design/States";
import { AtLink } from "@/frame/AtLink";
import { type Story, storyQuery } from "../api";
import { ArticleRow } from "./ArticleRow";
import styles from "./StoryRow.module.css";

const NAMED = 3;

interface StoryRowProps {
  story: Story;
  at: string | null;
}

export function StoryRow({ story, at }: StoryRowProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <article className={styles.story} aria-labelledby={`${id}-name`}>
      <div className={styles.row}>
        <span className={styles.when}>
          <Instant at={story.first_known_at} as="time" />
        </span>
        <div className={styles.what}>
          <h3 className={styles.headline} id={`${id}-name`}>
            <button
              type="button"
              className={styles.open}
              aria-expanded={open}
              aria-controls={open ? id : undefined}
              onClick={() => setOpen(!open)}
            >
              <ChevronRight aria-hidden="true" size={16} className={styles.chevron} />
              <span>{story.headline}</span>
            </button>
          </h3>
          <p className={styles.told}>
            <Told story={story} />
          </p>
        </div>
        <ul className={styles.symbols}>
          {story.symbols.map((one) => (
            <li key={one.symbol} className={styles.symbol}>
              <AtLink to={`/symbols/${encodeURIComponent(one.symbol)}`} className={styles.name}>
                {one.symbol}
              </AtLink>
              {one.mean_score === null ? (
                <span className={styles.none}>no score</span>
              ) : (
                <>
                  <span className={styles.bar}>
                    <ScoreBar value={one.mean_score} label={`Mean score for ${one.symbol}`} />
                  </span>
                  <Score value={one.mean_score} />
                </>
              )}
            </li>
          ))}
        </ul>
      </div>
      {open && (
        <div id={id} className={styles.articles}>
          <Articles story={story} at={at} />
        </div>
      )}
    </article>
  );
}

function Told({ story }: { story: Story }) {
  const { articles, outlets } = story;
  const named = outlets.slice(0, NAMED).join(", ");
  const more = outlets.length - NAMED;
  return (
    <>
      <span>
        {articles === 1 ? "1 article" : `${articles} articles`}
        {story.first_known_at !== story.last_known_at && (
          <>
            , last <Instant at={story.last_known_at} as="time" />
          </>
        )}
      </span>
      <span title={outlets.join(", ")}>
        {named}
        {more > 0 && ` and ${more} more`}
      </span>
    </>
  );
}

function Articles({ story, at }: { story: Story; at: string | null }) {
  const query = useQuery(storyQuery(story, at));
  return (
    <Answer query={query} skeleton={<Skeleton height={88} lines={Math.min(story.articles, 4)} />}>
      {({ items }) => (
        <ul>
          {items.map((article) => (
            <li key={article.article_id} className={styles.article}>
              <ArticleRow article={article} level={4} />
            </li>
          ))}
        </ul>
      )}
    </Answer>
  );
}
