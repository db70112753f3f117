/** Numbers as a trading desk reads them. */

import { ArrowDown, ArrowUp, Minus } from "lucide-react";
import { classes } from "./classes";
import styles from "./Figure.module.css";
import * as format from "./format";

/** A change: colour, sign and arrow together, never colour alone. */
export function Change({ pct, big }: { pct: number | null | undefined; big?: boolean }) {
  if (pct == null) return <span className={styles.none}>–</span>;
  return (
    <span className={classes(styles.change, tone(pct), big && styles.big)}>
      <Arrow value={pct} />
      {format.percent(pct)}
    </span>
  );
}

/** A score in [-1, 1] with its sign, coloured by it. */
export function Score({
  value,
  digits = 2,
}: {
  value: number | null | undefined;
  digits?: number;
}) {
  return (
    <span className={classes(styles.figure, value != null && tone(value))}>
      {format.signed(value, digits)}
    </span>
  );
}

/** Where a score in [-1, 1] lies: a bar from the middle. It is read out as its number. */
export function ScoreBar({ value, label }: { value: number; label: string }) {
  const width = Math.min(Math.abs(value), 1) * 50;
  return (
    <svg className={styles.bar} viewBox="0 0 100 6" preserveAspectRatio="none" role="img">
      <title>{`${label} ${format.signed(value)}`}</title>
      <rect className={styles.track} width="100" height="6" rx="3" />
      <rect
        className={value < 0 ? styles.fillFall : styles.fillRise}
        x={value < 0 ? 50 - width : 50}
        width={width}
        height="6"
      />
      <rect className={styles.middle} x="49.6" width="0.8" height="6" />
    </svg>
  );
}

function Arrow({ value }: { value: number }) {
  const Icon = value > 0 ? ArrowUp : value < 0 ? ArrowDown : Minus;
  return <Icon aria-hidden="true" className={styles.arrow} strokeWidth={2.5} />;
}

function tone(value: number): string | undefined {
  if (value === 0) return styles.flat;
  return value > 0 ? styles.rise : styles.fall;
}
