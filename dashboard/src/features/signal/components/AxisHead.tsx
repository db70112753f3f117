/** The scores over the waterfall, and where the actions begin. */

import { classes } from "@/design/classes";
import { signed, words } from "@/design/format";
import type { Definition } from "../sums";
import { type Axis, ticksOf, WIDTH } from "../waterfall";
import styles from "./AxisHead.module.css";
import { zonesOf } from "./ScoreScale";

export function AxisHead({ axis, bands }: { axis: Axis; bands: Definition["bands"] | null }) {
  const place = (score: number) => ({ insetInlineStart: `${axis.x(score) / (WIDTH / 100)}%` });
  const zones = bands ? zonesOf(bands) : [];
  return (
    <span className={styles.head}>
      <span className="visually-hidden">From 0 to the score</span>
      <span className={styles.row} aria-hidden="true">
        {zones.map((zone) => {
          const [from, to] = [Math.max(zone.from, axis.low), Math.min(zone.to, axis.high)];
          if (to - from < (axis.high - axis.low) * 0.12) return null;
          return (
            <span key={zone.action} className={styles.zone} style={place((from + to) / 2)}>
              {words(zone.action)}
            </span>
          );
        })}
      </span>
      <span className={styles.row} aria-hidden="true">
        {ticksOf(axis).map((tick) => (
          <span
            key={tick}
            className={classes(styles.tick, tick === 0 && styles.zero)}
            style={place(tick)}
          >
            {tick === 0 ? "0" : signed(tick)}
          </span>
        ))}
      </span>
    </span>
  );
}
