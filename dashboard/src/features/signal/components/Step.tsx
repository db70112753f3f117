/** One row of the waterfall: a bar from the running total before to the one after, in plain SVG. */

import type { Definition } from "../sums";
import { type Axis, WIDTH } from "../waterfall";
import { zonesOf } from "./ScoreScale";
import styles from "./Step.module.css";

const HEIGHT = 40;

interface StepProps {
  axis: Axis;
  bands: Definition["bands"] | null;
  from: number;
  to: number;
  /** The first row has nothing above it, the last nothing below. */
  first?: boolean;
  total?: boolean;
}

export function Step({ axis, bands, from, to, first, total }: StepProps) {
  const [start, end] = [axis.x(from), axis.x(to)];
  const [left, right] = [Math.min(start, end), Math.max(start, end)];
  return (
    <svg
      className={styles.step}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {bands &&
        zonesOf(bands).map((zone) => {
          const [edge, far] = [Math.max(axis.x(zone.from), 0), Math.min(axis.x(zone.to), WIDTH)];
          return (
            far > edge && (
              <rect
                key={zone.action}
                className={styles.zone}
                data-action={zone.action}
                x={edge}
                width={far - edge}
                height={HEIGHT}
              />
            )
          );
        })}
      <line className={styles.zero} x1={axis.x(0)} x2={axis.x(0)} y1="0" y2={HEIGHT} />
      {!first && !total && (
        <line className={styles.joint} x1={start} x2={start} y1="0" y2={HEIGHT / 2} />
      )}
      {total ? (
        <line className={styles.joint} x1={end} x2={end} y1="0" y2={HEIGHT / 2} />
      ) : (
        <line className={styles.joint} x1={end} x2={end} y1={HEIGHT / 2} y2={HEIGHT} />
      )}
      <rect
        className={to === from ? styles.flat : to < from ? styles.fall : styles.rise}
        x={left === right ? left - 1.5 : left}
        width={Math.max(right - left, 3)}
        y={total ? 9 : 12}
        height={total ? HEIGHT - 18 : HEIGHT - 24}
      />
    </svg>
  );
}
