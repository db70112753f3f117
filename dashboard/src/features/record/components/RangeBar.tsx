/** Where an interval lies on a scale that all its neighbours share. */

import type { Range } from "../figures";
import styles from "./RangeBar.module.css";

interface RangeBarProps {
  range: Range | null;
  /** The ends of the scale. */
  scale: readonly [number, number];
  /** The value that says nothing: 0.5 of a share, 0 of a mean. */
  middle: number;
  /** Other values, marked finely: the naive rules. */
  beside?: readonly number[];
  /** What it shows, in words. */
  label: string;
  tall?: boolean;
}

/** The smallest scale around the middle, the same to both sides, that holds all. */
export function scaleFor(
  ranges: readonly (Range | null)[],
  middle: number,
  least: number,
): readonly [number, number] {
  const ends = ranges.flatMap((range) => (range ? [range.low, range.high] : []));
  const reach = Math.max(least, ...ends.map((end) => Math.abs(end - middle))) * 1.08;
  return [middle - reach, middle + reach];
}

export function RangeBar({ range, scale, middle, beside = [], label, tall }: RangeBarProps) {
  const [low, high] = scale;
  const at = (value: number) =>
    `${Math.min(Math.max(((value - low) / (high - low)) * 100, 0), 100).toFixed(2)}%`;
  const height = tall ? 28 : 20;
  const half = height / 2;
  const side = !range || (range.low <= middle && range.high >= middle) ? "even" : undefined;
  const tone = side ?? (range && range.low > middle ? "rise" : "fall");
  return (
    <svg className={styles.bar} height={height} role="img" aria-label={label}>
      <line className={styles.track} x1="0" x2="100%" y1={half} y2={half} />
      {beside.map((value) => (
        <line
          key={value}
          className={styles.beside}
          x1={at(value)}
          x2={at(value)}
          y1={half - 9}
          y2={half + 9}
        />
      ))}
      <line className={styles.middle} x1={at(middle)} x2={at(middle)} y1="0" y2={height} />
      {range && (
        <g className={styles[tone]}>
          <line
            className={styles.reach}
            x1={at(range.low)}
            x2={at(range.high)}
            y1={half}
            y2={half}
          />
          <circle className={styles.point} cx={at(range.value)} cy={half} r={tall ? 6 : 4.5} />
        </g>
      )}
    </svg>
  );
}
