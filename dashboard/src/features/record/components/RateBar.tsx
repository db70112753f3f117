/** A hit rate as what it is: an interval, with a coin's half marked. */

import { share } from "@/design/format";
import { type Rate, verdictOf } from "../api";
import styles from "./RateBar.module.css";

const FROM = 0.2;
const TO = 0.8;

function x(value: number): number {
  return ((Math.min(Math.max(value, FROM), TO) - FROM) / (TO - FROM)) * 200;
}

export function RateBar({ rate, label }: { rate: Rate; label: string }) {
  const known = rate.low != null && rate.high != null;
  const told = known
    ? `${share(rate.hits / rate.count, 1)}, between ${share(rate.low, 1)} and ${share(rate.high, 1)}`
    : verdictOf(rate);
  return (
    <div className={styles.rate}>
      <p className={styles.told}>
        <span>{label}</span>
        <strong>{known ? share(rate.hits / rate.count, 1) : "too few"}</strong>
      </p>
      <svg viewBox="0 0 200 18" className={styles.bar} role="img" aria-label={`${label}: ${told}`}>
        <rect className={styles.track} y="7" width="200" height="4" rx="2" />
        <line className={styles.coin} x1={x(0.5)} x2={x(0.5)} y1="1" y2="17" />
        {rate.low != null && rate.high != null && (
          <>
            <rect
              className={
                rate.low > 0.5 ? styles.better : rate.high < 0.5 ? styles.worse : styles.open
              }
              x={x(rate.low)}
              y="5"
              width={Math.max(x(rate.high) - x(rate.low), 2)}
              height="8"
              rx="4"
            />
            <circle className={styles.point} cx={x(rate.hits / rate.count)} cy="9" r="4.5" />
          </>
        )}
      </svg>
      <p className={styles.small}>
        {known ? `${share(rate.low)} to ${share(rate.high)}: ` : ""}
        {verdictOf(rate)}
        {known && ` · ${rate.count} outcomes, worth ${rate.effective} independent ones`}
      </p>
    </div>
  );
}
