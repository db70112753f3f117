/** What a model said of a text, or that it said nothing, and why. */

import { Badge, type Tone } from "@/design/Badge";
import { Score, ScoreBar } from "@/design/Figure";
import { count, share, usd } from "@/design/format";
import { Fact, Facts } from "@/design/Panel";
import type { Analysis } from "../api";
import styles from "./Verdict.module.css";

export const LABEL_TONES: Record<string, Tone> = { positive: "rise", negative: "fall" };

export function Verdict({ analysis }: { analysis: Analysis }) {
  const { model, score, label } = analysis;
  return (
    <div className={styles.verdict}>
      {score === null || label === null ? (
        <p className={styles.unscored}>
          <Badge tone="warn">unscored</Badge> {analysis.unscored} No number stands in its place;
          asking again brings the same.
        </p>
      ) : (
        <>
          <p className={styles.head}>
            <Badge tone={LABEL_TONES[label] ?? "plain"}>{label}</Badge>
            <span>for {analysis.symbol}</span>
            <span className={styles.score}>
              <Score value={score} />
            </span>
          </p>
          <ScoreBar value={score} label="Score" />
          <p className={styles.ends} aria-hidden="true">
            <span>−1</span>
            <span>0</span>
            <span>+1</span>
          </p>
          <ul className={styles.reasons}>
            {analysis.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </>
      )}
      <Facts>
        {analysis.confidence !== null && (
          <Fact name="confidence">{share(analysis.confidence)}</Fact>
        )}
        <Fact name="answered by">{model.answered_by}</Fact>
        {model.version !== model.answered_by && <Fact name="model">{model.version}</Fact>}
        {analysis.tokens !== null && <Fact name="tokens">{count(analysis.tokens)}</Fact>}
        {analysis.cost_usd !== null && <Fact name="cost">{usd(analysis.cost_usd)}</Fact>}
      </Facts>
      {model.stood_in_for.map(({ version, because }) => (
        <p key={version} className={styles.standIn}>
          <Badge tone="warn">stand-in</Badge> for {version}: {because}
        </p>
      ))}
    </div>
  );
}
