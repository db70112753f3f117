/** A symbol at a glance. */

import { Bell, Newspaper } from "lucide-react";
import { memo } from "react";
import { ActionBadge } from "@/design/Badge";
import { classes } from "@/design/classes";
import { Change, Score, ScoreBar } from "@/design/Figure";
import { duration, price, share, words } from "@/design/format";
import { Sparkline } from "@/design/Sparkline";
import { AtLink } from "@/frame/AtLink";
import { type Glance, turned } from "../api";
import { useFlash } from "../useFlash";
import styles from "./MarketCard.module.css";

export const MarketCard = memo(function MarketCard({ glance }: { glance: Glance }) {
  const { symbol, signal, sparkline } = glance;
  const page = `/symbols/${encodeURIComponent(symbol)}`;
  const flashes = useFlash(glance.price?.price);
  return (
    <li className={classes(styles.card, glance.stale.length > 0 && styles.stale)}>
      <div className={styles.head}>
        <AtLink to={page} className={styles.symbol}>
          {symbol}
        </AtLink>
        <span className={styles.name}>{glance.name}</span>
        <div className={classes(styles.price, flashes && styles.flash)}>
          <span className={styles.amount}>{price(glance.price?.price)}</span>
          <Change pct={glance.price?.change_pct} />
        </div>
      </div>
      <div className={styles.spark}>
        {sparkline && (
          <Sparkline
            values={sparkline.close}
            level={glance.price?.previous_close ?? null}
            label={`${symbol}, last ${sparkline.close.length} half hours`}
          />
        )}
      </div>
      {signal ? (
        <div className={styles.signal}>
          <AtLink to={`${page}/signals/${signal.slot_at}`} className={styles.action}>
            <ActionBadge action={signal.action} />
            <span className="visually-hidden"> signal of {symbol}</span>
          </AtLink>
          {turned(glance) && (
            <span className={styles.before}>was {words(signal.action_before ?? "")}</span>
          )}
          <span className={styles.score}>
            <Score value={signal.score} />
            <span className={styles.confidence}>{share(signal.confidence)} sure</span>
          </span>
          <div className={styles.bar}>
            <ScoreBar value={signal.score} label={`Score of ${symbol}`} />
          </div>
        </div>
      ) : (
        <p className={styles.none}>No signal yet.</p>
      )}
      <Foot glance={glance} />
    </li>
  );
});

function Foot({ glance }: { glance: Glance }) {
  const { price: told, sentiment } = glance;
  return (
    <div className={styles.foot}>
      <span className={styles.fact}>
        <Newspaper aria-hidden="true" size={13} />
        {glance.stories_24h}
        <span className="visually-hidden"> stories in 24 hours</span>
        {sentiment && <span> {sentiment.label}</span>}
      </span>
      {glance.open_alerts > 0 && (
        <AtLink
          to={`/alerts?symbol=${encodeURIComponent(glance.symbol)}`}
          className={styles.alerts}
        >
          <Bell aria-hidden="true" size={13} />
          {glance.open_alerts}
          <span className="visually-hidden"> open alerts of {glance.symbol}</span>
        </AtLink>
      )}
      <span className={styles.age} title={glance.stale.join("\n")}>
        {glance.stale.length > 0 && <strong>Stale · </strong>}
        {told ? `${duration(told.age_minutes * 60)} ago` : "no price"}
      </span>
    </div>
  );
}
