/** An article and, for each symbol it concerns, its verdict or why there is none. */

import { ExternalLink } from "lucide-react";
import { Badge, type Tone } from "@/design/Badge";
import { Score, ScoreBar } from "@/design/Figure";
import { share, usd } from "@/design/format";
import { Instant } from "@/design/Instant";
import { webAddress } from "@/design/webAddress";
import { AtLink } from "@/frame/AtLink";
import type { Article, ArticleSymbol } from "../api";
import styles from "./ArticleRow.module.css";

export function ArticleRow({ article, level = 3 }: { article: Article; level?: 3 | 4 }) {
  const address = webAddress(article.url);
  const Heading = `h${level}` as const;
  return (
    <article className={styles.article}>
      <Heading className={styles.headline}>
        {address === null ? (
          article.headline
        ) : (
          <a href={address} target="_blank" rel="noopener noreferrer" className={styles.out}>
            {article.headline}
            <ExternalLink aria-hidden="true" size={12} className={styles.icon} />
            <span className="visually-hidden"> (opens the outlet’s page)</span>
          </a>
        )}
      </Heading>
      <p className={styles.source}>
        <strong>{article.outlet}</strong>
        <span title={`Known from ${article.known_at}`}>
          published <Instant at={article.published_at} />
        </span>
        <span>by {article.provider}</span>
        {article.known_by === "backfill" && (
          <span title="Nobody was looking when it came; when it was known is the vendor’s time and its usual delay.">
            backfilled
          </span>
        )}
      </p>
      {article.summary && <p className={styles.summary}>{article.summary}</p>}
      <ul className={styles.verdicts}>
        {article.symbols.map((one) => (
          <li key={one.symbol} className={styles.verdict}>
            <Verdict one={one} />
          </li>
        ))}
      </ul>
    </article>
  );
}

const TONES: Record<string, Tone> = { positive: "rise", negative: "fall" };

function Verdict({ one }: { one: ArticleSymbol }) {
  const { symbol, sentiment, unscored } = one;
  return (
    <>
      <AtLink
        to={`/symbols/${encodeURIComponent(symbol)}`}
        className={styles.symbol}
        title={`Relevance ${share(one.relevance)}: ${one.matched_by}`}
      >
        {symbol}
      </AtLink>
      {sentiment === null ? (
        <p className={styles.unscored}>
          <Badge>no score</Badge> {unscored}
        </p>
      ) : (
        <>
          <span className={styles.bar}>
            <ScoreBar value={sentiment.score} label={`Score for ${symbol}`} />
          </span>
          <Score value={sentiment.score} />
          <p className={styles.why}>
            <Badge tone={TONES[sentiment.label] ?? "plain"}>{sentiment.label}</Badge>
            <span>{sentiment.reason}</span>
            <span className={styles.faint}>
              confidence {share(sentiment.confidence)}, {sentiment.model_version}
              {Number(sentiment.cost_usd) > 0 && `, ${usd(sentiment.cost_usd)}`}
            </span>
            {sentiment.same_as !== null && (
              <span
                className={styles.faint}
                title="It retells an earlier article, and that one was asked."
              >
                retold, as article {sentiment.same_as}
              </span>
            )}
            {sentiment.stands_in && (
              <span>
                <Badge tone="warn">stand-in</Badge> for {sentiment.stands_in.preferred_version}:{" "}
                {sentiment.stands_in.reason}
              </span>
            )}
          </p>
        </>
      )}
    </>
  );
}
