/** The confidence, made up of its factors before the reader's eyes. */

import type { WholeSignal } from "../api";
import { agreementOf, same } from "../sums";
import { usePrinting } from "../usePrinting";
import { Check } from "./Check";
import styles from "./Confidence.module.css";
import { plain } from "./Equation";

export function Confidence({ signal }: { signal: WholeSignal }) {
  const printing = usePrinting();
  const { coverage, agreement, freshness, confidence } = signal;
  if (coverage == null || agreement == null || freshness == null) {
    return <p className={styles.note}>{signal.explanation.confidence}</p>;
  }
  const product = coverage * agreement * freshness;
  const again = agreementOf(signal.components);
  return (
    <div className={styles.confidence}>
      <ol className={styles.factors} aria-label="Confidence is coverage × agreement × freshness">
        <Factor name="Coverage" value={coverage} sign="" />
        <Factor name="Agreement" value={agreement} sign="×" />
        <Factor name="Freshness" value={freshness} sign="×" />
        <Factor name="Confidence" value={confidence} sign="=" product />
      </ol>
      <details className={styles.more} open={printing}>
        <summary>
          <Check good={same(product, confidence) && same(again.value, agreement)}>
            {same(product, confidence)
              ? `Multiplied here: ${plain(product)}; what each is`
              : `Multiplied here it is ${plain(product)}, not what is stored`}
          </Check>
        </summary>
        <dl className={styles.notes}>
          <dt>Coverage</dt>
          <dd>The share of the strategy’s weight whose components are present.</dd>
          <dt>Agreement</dt>
          <dd>
            How far the contributions point one way: ½ + ½ × {plain(Math.abs(again.net))} ÷{" "}
            {plain(again.strength)} = {plain(again.value)}. Above is the size of their sum, below
            the sum of their sizes.
          </dd>
          <dt>Freshness</dt>
          <dd>The share of the last 13 rows that have a bar.</dd>
        </dl>
      </details>
    </div>
  );
}

function Factor({
  name,
  value,
  sign,
  product,
}: {
  name: string;
  value: number;
  sign: string;
  product?: boolean;
}) {
  return (
    <li className={styles.factor} data-product={product || undefined}>
      {sign && <span className={styles.sign}>{sign}</span>}
      <span className={styles.name}>{name}</span>
      <span className={styles.value}>{plain(value)}</span>
      <svg className={styles.bar} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect className={styles.track} width="100" height="4" rx="2" />
        <rect className={styles.fill} width={value * 100} height="4" rx="2" />
      </svg>
    </li>
  );
}
