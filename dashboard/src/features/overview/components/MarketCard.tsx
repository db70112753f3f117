/** A symbol at a glance. */

import { Bell, Ellipsis, Newspaper, TriangleAlert } from "lucide-react";
import { memo, useRef } from "react";
import { ActionBadge } from "@/design/Badge";
import { IconButton } from "@/design/Button";
import { classes } from "@/design/classes";
import { Change, Score, ScoreBar } from "@/design/Figure";
import { price, share, words } from "@/design/format";
import { Sparkline } from "@/design/Sparkline";
import { AtLink } from "@/frame/AtLink";
import type { Glance } from "../api";
import { useFlash } from "../flash";
import { useOnScreen } from "../onScreen";
import { turned } from "../wish";
import { Age } from "./Age";
import styles from "./MarketCard.module.css";

export interface LineProps {
  glance: Glance;
  /** Whether it is as of a past slot. */
  past: boolean;
  /** Its exchange's (IANA name). */
  zone: string | null;
  onEdit: (symbol: string) => void;
}

export const MarketCard = memo(function MarketCard({ glance, past, zone, onEdit }: LineProps) {
  const { symbol, sparkline } = glance;
  const card = useRef<HTMLLIElement>(null);
  useOnScreen(card);
  const stale = glance.stale.length > 0;
  return (
    <li ref={card} data-symbol={symbol} className={classes(styles.card, stale && styles.stale)}>
      <div className={styles.head}>
        <SymbolLink symbol={symbol} />
        <span className={styles.name}>
          {[glance.name, ...glance.tags.map((tag) => `#${tag}`)].join(" ")}
        </span>
        <Price glance={glance} />
      </div>
      <div className={styles.spark}>
        {sparkline ? (
          <Sparkline
            values={sparkline.close}
            level={glance.price?.previous_close ?? null}
            label={`${symbol}, last ${sparkline.close.length} half hours`}
          />
        ) : (
          <span className={styles.none}>No half hours yet</span>
        )}
      </div>
      <Signal glance={glance} />
      <div className={styles.foot}>
        {stale ? <Stale reasons={glance.stale} /> : <Mood glance={glance} />}
        {glance.open_alerts > 0 && (
          <AtLink to={`/alerts?symbol=${encodeURIComponent(symbol)}`} className={styles.alerts}>
            <Bell aria-hidden="true" size={13} />
            {glance.open_alerts}
            <span className="visually-hidden"> open alerts of {symbol}</span>
          </AtLink>
        )}
        <span className={styles.age}>
          <Age glance={glance} past={past} zone={zone} />
        </span>
        <IconButton
          label={`Tags of ${symbol}, or follow it no longer`}
          icon={Ellipsis}
          className={styles.edit}
          onClick={() => onEdit(symbol)}
        />
      </div>
    </li>
  );
});

const SymbolLink = memo(function SymbolLink({ symbol }: { symbol: string }) {
  return (
    <AtLink to={`/symbols/${encodeURIComponent(symbol)}`} className={styles.symbol}>
      {symbol}
    </AtLink>
  );
});

function Price({ glance }: { glance: Glance }) {
  const box = useRef<HTMLDivElement>(null);
  useFlash(box, glance.symbol, glance.price?.price);
  return (
    <div ref={box} className={styles.price}>
      <span className={styles.amount} title={`Price in ${glance.currency}`}>
        {price(glance.price?.price)}
      </span>
      <Change pct={glance.price?.change_pct} />
    </div>
  );
}

function Signal({ glance }: { glance: Glance }) {
  const { symbol, signal } = glance;
  const box = useRef<HTMLSpanElement>(null);
  useFlash(box, symbol, signal?.score);
  if (!signal) return <p className={styles.none}>No signal yet.</p>;
  return (
    <div className={styles.signal}>
      <AtLink
        to={`/symbols/${encodeURIComponent(symbol)}/signals/${signal.slot_at}`}
        className={styles.action}
      >
        <ActionBadge action={signal.action} />
        <span className="visually-hidden"> signal of {symbol}</span>
      </AtLink>
      {turned(glance) && (
        <span className={styles.before}>was {words(signal.action_before ?? "")}</span>
      )}
      <span ref={box} className={styles.score}>
        <Score value={signal.score} />
        <span className={styles.confidence}>confidence {share(signal.confidence)}</span>
      </span>
      <div className={styles.bar}>
        <ScoreBar value={signal.score} label={`Score of ${symbol}`} />
      </div>
    </div>
  );
}

/** Why it is stale, in the place of the news: what is old comes first. */
function Stale({ reasons }: { reasons: readonly string[] }) {
  return (
    <span className={styles.warned} title={reasons.join("\n")}>
      <TriangleAlert aria-hidden="true" size={13} className={styles.sign} />
      <strong>Stale</strong>
      <span className={styles.reason}>{reasons.join(" ")}</span>
    </span>
  );
}

/** What the news says: how many stories, and the newest verdict. */
function Mood({ glance: { stories_24h, sentiment } }: { glance: Glance }) {
  const stories = stories_24h === 1 ? "story" : "stories";
  return (
    <span className={styles.mood} title={`${stories_24h} ${stories} in 24 hours`}>
      <Newspaper aria-hidden="true" size={13} />
      {stories_24h}
      <span className="visually-hidden"> {stories} in 24 hours</span>
      {sentiment && (
        <span className={styles.tone}>
          {sentiment.label} <Score value={sentiment.score} />
        </span>
      )}
    </span>
  );
}
