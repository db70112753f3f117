/** The articles behind the news, story by story; what they add sums to the value of the news. */

import { ExternalLink } from "lucide-react";
import { useState } from "react";
import { Badge, type Tone } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Score } from "@/design/Figure";
import { signed } from "@/design/format";
import { Instant } from "@/design/Instant";
import { webAddress } from "@/design/webAddress";
import type { ArticleBehind, WholeSignal } from "../api";
import { micros, type Story, storiesOf, sumOf } from "../sums";
import { usePrinting } from "../usePrinting";
import styles from "./Articles.module.css";
import { Check } from "./Check";
import { number } from "./Equation";

const SHOWN = 5;
const TONES: Record<string, Tone> = { positive: "rise", negative: "fall" };

export function Articles({ signal, value }: { signal: WholeSignal; value: number }) {
  const [all, setAll] = useState(false);
  const printing = usePrinting();
  const stories = storiesOf(signal.articles_behind);
  const shown = all || printing ? stories : stories.slice(0, SHOWN);
  const rest = stories.slice(shown.length);
  const total = sumOf(signal.articles_behind.map((one) => one.share));
  const equals = micros(total) === micros(value);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section className={styles.frame} tabIndex={0} aria-label="Articles behind the news">
      <table className={styles.table}>
        <caption className="visually-hidden">
          The articles behind the news, story by story, with what each adds to its value
        </caption>
        <thead>
          <tr>
            <th scope="col">Headline</th>
            <th scope="col">Known</th>
            <th scope="col" className={styles.number}>
              Score
            </th>
            <th scope="col" className={styles.number}>
              × Share
            </th>
            <th scope="col" className={styles.number}>
              = Adds
            </th>
          </tr>
        </thead>
        {shown.map((story) => (
          <StoryRows key={story.id} story={story} />
        ))}
        <tfoot>
          {rest.length > 0 && (
            <tr>
              <td colSpan={4}>
                <Button look="quiet" onClick={() => setAll(true)}>
                  Show {rest.length} more {rest.length === 1 ? "story" : "stories"}
                </Button>
              </td>
              <td className={styles.number}>
                <Score value={sumOf(rest.map((one) => one.adds))} digits={6} />
              </td>
            </tr>
          )}
          <tr className={styles.total}>
            <th scope="row" colSpan={4}>
              The value of the news
            </th>
            <td className={styles.number}>
              <Score value={total} digits={6} />
            </td>
          </tr>
        </tfoot>
      </table>
      <p className={styles.note}>
        <Check good={equals}>
          {equals
            ? `Added up on this page: ${signed(total, 6)}, the stored value, to the last digit.`
            : `Added up on this page it is ${signed(total, 6)}; stored is ${signed(value, 6)}.`}
        </Check>{" "}
        An article’s share is what it adds over its score: relevance, the model’s confidence, trust
        in the outlet, freshness, and the limits on one story.
      </p>
      {signal.explanation.scores.map((sentence) => (
        <p key={sentence} className={styles.note}>
          {sentence}
        </p>
      ))}
    </section>
  );
}

function StoryRows({ story }: { story: Story }) {
  return (
    <tbody>
      {story.articles.length > 1 && (
        <tr className={styles.story}>
          <th scope="rowgroup" colSpan={4}>
            One story, told by {story.articles.length} articles
          </th>
          <td className={styles.number}>
            <Score value={story.adds} digits={6} />
          </td>
        </tr>
      )}
      {story.articles.map((article) => (
        <ArticleRow key={article.article_id} article={article} inner={story.articles.length > 1} />
      ))}
    </tbody>
  );
}

function ArticleRow({ article, inner }: { article: ArticleBehind; inner: boolean }) {
  const { sentiment } = article;
  return (
    <tr data-inner={inner || undefined}>
      <td className={styles.headline}>
        <Headline article={article} />
        <span className={styles.from}>
          {article.outlet}
          {sentiment && (
            <>
              {" · "}
              <Badge tone={TONES[sentiment.label] ?? "plain"}>{sentiment.label}</Badge>{" "}
              {sentiment.reason}
            </>
          )}
        </span>
        {sentiment?.stands_in_for && (
          <span className={styles.from}>
            <Badge tone="warn">stand-in</Badge> {sentiment.answered_by} for{" "}
            {sentiment.stands_in_for.version}: {sentiment.stands_in_for.because}
          </span>
        )}
        {!sentiment && <span className={styles.from}>Its score is no longer stored.</span>}
      </td>
      <td className={styles.known}>
        <Instant at={article.known_at} />
      </td>
      <td className={styles.number}>
        {sentiment ? <Score value={sentiment.score} digits={6} /> : "–"}
      </td>
      <td className={styles.number}>
        {sentiment?.score ? number(round(article.share / sentiment.score)) : "–"}
      </td>
      <td className={styles.number}>
        <Score value={article.share} digits={6} />
      </td>
    </tr>
  );
}

/** To as many digits as a quotient of two numbers of six decimals has. */
function round(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}

function Headline({ article }: { article: ArticleBehind }) {
  const text = article.headline ?? `Article ${article.article_id}, no longer stored`;
  const address = webAddress(article.url);
  if (address === null) return <span>{text}</span>;
  return (
    <a href={address} target="_blank" rel="noreferrer noopener" className={styles.link}>
      {text}
      <ExternalLink aria-hidden="true" size={12} />
    </a>
  );
}
