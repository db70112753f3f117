/** What was analyzed in this tab before. */

import { Score } from "@/design/Figure";
import type { Try } from "../tries";
import styles from "./Tries.module.css";

export function Tries({
  tries,
  onChoose,
}: {
  tries: readonly Try[];
  onChoose: (one: Try) => void;
}) {
  if (tries.length === 0) return null;
  return (
    <section aria-label="Your last tries" className={styles.tries}>
      <h3 className={styles.head}>Your last tries</h3>
      <ul>
        {tries.map((one) => (
          <li key={one.at}>
            <button type="button" className={styles.one} onClick={() => onChoose(one)}>
              <span className={styles.text}>{one.question.text}</span>
              <span className={styles.symbol}>{one.analysis.symbol}</span>
              {one.analysis.score === null ? (
                <span>unscored</span>
              ) : (
                <Score value={one.analysis.score} />
              )}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
