/** Who it is, what it costs, what the strategy thinks, and how fresh that is. */

import { Bell, ChevronLeft, ChevronRight } from "lucide-react";
import type { CSSProperties, ReactNode } from "react";
import type { Told } from "@/api/client";
import { ActionBadge, Badge } from "@/design/Badge";
import { IconButton } from "@/design/Button";
import { Change, Score, ScoreBar } from "@/design/Figure";
import { price, share } from "@/design/format";
import { Instant } from "@/design/Instant";
import { AtLink } from "@/frame/AtLink";
import styles from "./SymbolHead.module.css";

interface Judged {
  slot_at: string;
  score: number;
  action: string;
  confidence: number;
}

interface SymbolHeadProps {
  symbol: string;
  /** Null while nothing is known of it. */
  name: string | null;
  /** Null where it is not followed. */
  glance: Told<"Glance"> | null;
  market: Told<"Market"> | null;
  /** Of the strategy that is chosen. */
  signal: Judged | null;
  onStep: (step: 1 | -1) => void;
  /** Whether there is another symbol to go to. */
  others: boolean;
}

export function SymbolHead(props: SymbolHeadProps) {
  const { symbol, name, glance, market, signal, onStep, others } = props;
  const at = glance?.price;
  const shown = price(at?.price);
  return (
    <header className={styles.head}>
      <div className={styles.who}>
        <div className={styles.name}>
          <h1>{symbol}</h1>
          <p>{name}</p>
        </div>
        <div className={styles.steps}>
          <IconButton
            label="Previous symbol, key ["
            icon={ChevronLeft}
            disabled={!others}
            onClick={() => onStep(-1)}
          />
          <IconButton
            label="Next symbol, key ]"
            icon={ChevronRight}
            disabled={!others}
            onClick={() => onStep(1)}
          />
        </div>
        {market && <Market market={market} />}
        {name !== null && !glance && <Badge tone="warn">not followed</Badge>}
        {glance && glance.open_alerts > 0 && (
          <AtLink
            to={`/alerts?symbol=${encodeURIComponent(symbol)}&state=open`}
            className={styles.alerts}
          >
            <Bell aria-hidden="true" size={14} />
            {glance.open_alerts} open {glance.open_alerts === 1 ? "alert" : "alerts"}
          </AtLink>
        )}
      </div>
      <dl className={styles.figures}>
        {at && (
          <Figure name={`Price, ${glance.currency}`} stale={glance.stale.length > 0}>
            <span className={styles.price} style={{ "--signs": shown.length } as CSSProperties}>
              {shown}
            </span>
            <Change pct={at.change_pct} big />
          </Figure>
        )}
        {signal && (
          <>
            <Figure name="Action">
              <AtLink
                to={`/symbols/${encodeURIComponent(symbol)}/signals/${signal.slot_at}`}
                className={styles.action}
                title="Why: the signal with all that is behind it"
              >
                <ActionBadge action={signal.action} />
              </AtLink>
            </Figure>
            <Figure name="Score">
              <span className={styles.value}>
                <Score value={signal.score} />
              </span>
              <span className={styles.bar}>
                <ScoreBar value={signal.score} label="Score" />
              </span>
            </Figure>
            <Figure name="Confidence">
              <span className={styles.value}>{share(signal.confidence)}</span>
            </Figure>
          </>
        )}
        {at && (
          <Figure name="Priced" aside stale={glance.stale.length > 0}>
            <span className={styles.value}>
              <Instant at={at.priced_at} />
            </span>
            <span className={styles.soft}>by {at.provider}</span>
          </Figure>
        )}
      </dl>
      {glance && glance.stale.length > 0 && (
        <div className={styles.stale} role="status">
          <ul>
            {glance.stale.map((why) => (
              <li key={why}>{why}</li>
            ))}
          </ul>
        </div>
      )}
    </header>
  );
}

interface FigureProps {
  name: string;
  stale?: boolean;
  /** On a phone it is one line of its own. */
  aside?: boolean;
  children: ReactNode;
}

function Figure({ name, stale, aside, children }: FigureProps) {
  return (
    <div className={styles.figure} data-stale={stale} data-aside={aside}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Market({ market }: { market: Told<"Market"> }) {
  const turn = market.open ? market.closes_at : market.opens_at;
  return (
    <span className={styles.market} data-open={market.open}>
      <span className={styles.dot} aria-hidden="true" />
      <strong>{market.mic}</strong>
      {market.open ? "open" : (market.why_closed ?? "closed")}
      {turn && (
        <span className={styles.soft}>
          {market.open ? "until " : "opens "}
          <Instant at={turn} as={market.open ? "time" : "moment"} />
        </span>
      )}
    </span>
  );
}
