/** A price's course in a few pixels: plain SVG, so that two hundred of them cost nothing. */

import { memo } from "react";
import { percent } from "./format";
import styles from "./Sparkline.module.css";

const WIDTH = 100;
const HEIGHT = 32;
const MARGIN = 2;

interface SparklineProps {
  values: readonly number[];
  /** What it is of: "AAPL, last 24 hours". */
  label: string;
  /** A level drawn across, as the previous close. */
  level?: number | null;
}

export const Sparkline = memo(function Sparkline({ values, label, level }: SparklineProps) {
  const first = values[0];
  const last = values.at(-1);
  if (first === undefined || last === undefined) return null;
  const all = level == null ? values : [...values, level];
  const low = Math.min(...all);
  const span = Math.max(...all) - low || 1;
  const x = (n: number) => (values.length === 1 ? WIDTH : (n / (values.length - 1)) * WIDTH);
  const y = (value: number) => HEIGHT - MARGIN - ((value - low) / span) * (HEIGHT - 2 * MARGIN);
  const line = values.map((value, n) => `${x(n).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const rises = last >= (level ?? first);
  return (
    <svg
      className={rises ? styles.rise : styles.fall}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}: ${percent((last / first - 1) * 100)}`}
    >
      <polygon className={styles.area} points={`0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}`} />
      {level != null && (
        <line className={styles.level} x1="0" x2={WIDTH} y1={y(level)} y2={y(level)} />
      )}
      <polyline className={styles.line} points={line} />
    </svg>
  );
});
