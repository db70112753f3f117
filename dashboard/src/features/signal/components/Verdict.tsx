/** What the signal says: action, score, confidence, price. */

import { ActionBadge, Badge } from "@/design/Badge";
import { Change, Score } from "@/design/Figure";
import { price } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import type { WholeSignal } from "../api";
import { definitionOf } from "../sums";
import { Confidence } from "./Confidence";
import { ScoreScale } from "./ScoreScale";
import { Sentence } from "./Sentence";
import styles from "./Verdict.module.css";

export function Verdict({ signal }: { signal: WholeSignal }) {
  const bands = definitionOf(signal)?.bands ?? null;
  return (
    <Panel
      title="The verdict"
      aside={
        <>
          <Badge>{signal.strategy}</Badge>
          <Badge>{signal.live ? "live" : "backfilled"}</Badge>
          {signal.revision > 1 && <Badge tone="warn">revision {signal.revision}</Badge>}
          {signal.simulated && <Badge tone="warn">SIMULATED</Badge>}
        </>
      }
    >
      <div className={styles.verdict}>
        <div className={styles.said}>
          <div className={styles.action}>
            <ActionBadge action={signal.action} />
            <span className={styles.since}>
              {signal.since ? (
                <>
                  since <Instant at={signal.since} />
                </>
              ) : (
                "no action holds"
              )}
            </span>
          </div>
          <div className={styles.figures}>
            <div>
              <span className={styles.label}>Score</span>
              <span className={styles.hero}>
                <Score value={signal.score} digits={6} />
              </span>
            </div>
            <div>
              <span className={styles.label}>Price, {signal.currency}</span>
              <span className={styles.hero}>{price(signal.price)}</span>
              <span className={styles.change}>
                <Change pct={signal.change_pct} />
                {signal.last_close != null && (
                  <span className={styles.label}>on {price(signal.last_close)}</span>
                )}
              </span>
            </div>
          </div>
        </div>
        <div className={styles.scale}>
          <ScoreScale score={signal.score} action={signal.action} bands={bands} />
          {signal.explanation.action.map((sentence) => (
            <p key={sentence} className={styles.sentence}>
              <Sentence>{sentence}</Sentence>
            </p>
          ))}
        </div>
        <div className={styles.confidence}>
          <Confidence signal={signal} />
        </div>
      </div>
    </Panel>
  );
}
