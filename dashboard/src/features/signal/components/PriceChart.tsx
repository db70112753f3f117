/** The price up to the slot, and greyed what came after; plain SVG, gaps between sessions closed. */

import { price } from "@/design/format";
import { Instant } from "@/design/Instant";
import styles from "./PriceChart.module.css";

export interface Point {
  closedAt: string;
  close: number;
  after: boolean;
}

const [WIDTH, HEIGHT] = [1000, 200];

export function PriceChart({ points, level }: { points: readonly Point[]; level: number }) {
  const closes = points.map((point) => point.close);
  const low = Math.min(level, ...closes);
  const span = Math.max(level, ...closes) - low || 1;
  const pad = 0.08;
  const y = (value: number) => HEIGHT * (1 - pad - ((value - low) / span) * (1 - 2 * pad));
  const x = (n: number) => (n / Math.max(points.length - 1, 1)) * WIDTH;
  const slot = points.findLastIndex((point) => !point.after);
  const line = (from: number, to: number) =>
    points
      .slice(from, to)
      .map((point, n) => `${x(from + n).toFixed(1)},${y(point.close).toFixed(1)}`)
      .join(" ");
  const atSlot = slot >= 0 ? x(slot) : WIDTH;
  return (
    <div className={styles.chart}>
      <div className={styles.plot}>
        <svg
          className={styles.picture}
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {slot < points.length - 1 && (
            <rect className={styles.later} x={atSlot} width={WIDTH - atSlot} height={HEIGHT} />
          )}
          <line className={styles.level} x1="0" x2={WIDTH} y1={y(level)} y2={y(level)} />
          <polygon
            className={styles.area}
            points={`0,${HEIGHT} ${line(0, slot + 1)} ${atSlot},${HEIGHT}`}
          />
          <polyline className={styles.line} points={line(0, slot + 1)} />
          <polyline className={styles.lineLater} points={line(Math.max(slot, 0), points.length)} />
          <line className={styles.slot} x1={atSlot} x2={atSlot} y1="0" y2={HEIGHT} />
        </svg>
        <span
          className={styles.dot}
          style={{
            insetInlineStart: `${atSlot / (WIDTH / 100)}%`,
            insetBlockStart: `${y(level) / (HEIGHT / 100)}%`,
          }}
        />
        <span className={styles.top}>{price(low + span)}</span>
        <span className={styles.bottom}>{price(low)}</span>
      </div>
      <div className={styles.times}>
        <Instant at={points[0]?.closedAt} />
        <span
          className={styles.mark}
          style={{ insetInlineStart: `${Math.min(Math.max(atSlot / (WIDTH / 100), 18), 82)}%` }}
        >
          the slot
        </span>
        <Instant at={points.at(-1)?.closedAt} />
      </div>
    </div>
  );
}
