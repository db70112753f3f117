/** A value against its threshold: how strong an alert is. */

import { ActionBadge } from "@/design/Badge";
import { classes } from "@/design/classes";
import type { Definition } from "../api";
import { actionOf, type Bounds, boundsOf, condition, figure, metricOf } from "../metrics";
import styles from "./Against.module.css";

interface AgainstProps {
  value: number | null;
  /** Its rule's; undefined where that is removed. */
  definition: Definition | undefined;
  /** Figures stand to the right, but where they stand alone. */
  alone?: boolean;
}

export function Against({ value, definition, alone }: AgainstProps) {
  const className = classes(styles.against, alone && styles.start);
  const metric = metricOf(definition?.metric);
  if (value === null || !definition || !metric) return null;
  if (metric.name === "action") {
    return (
      <div className={className}>
        {definition.to === "any" ? (
          <Steps value={value} />
        ) : (
          <ActionBadge action={actionOf(value)} />
        )}
        <span className={styles.condition}>{condition(definition)}</span>
      </div>
    );
  }
  const bounds = boundsOf(definition);
  return (
    <div className={className}>
      <span className={styles.value}>{figure(metric, value)}</span>
      {bounds && <Gauge value={value} bounds={bounds} />}
      <span className={styles.condition}>{condition(definition)}</span>
    </div>
  );
}

function Steps({ value }: { value: number }) {
  const count = Math.abs(value);
  return (
    <span className={styles.value}>
      {count} {count === 1 ? "step" : "steps"} {value < 0 ? "down" : "up"}
    </span>
  );
}

const WIDTH = 128;
const MARGIN = 6;

/** A line on which the value, the threshold and the end of the alert stand. */
function Gauge({ value, bounds: { above, threshold, clear } }: { value: number; bounds: Bounds }) {
  const marks = [value, threshold, clear];
  const spread = Math.max(...marks) - Math.min(...marks) || Math.abs(threshold) || 1;
  // Room on the quiet side, so that the threshold never stands at the end.
  const from = Math.min(...marks) - spread * (above ? 0.5 : 0.12);
  const to = Math.max(...marks) + spread * (above ? 0.12 : 0.5);
  const place = (mark: number) => MARGIN + ((mark - from) / (to - from)) * (WIDTH - 2 * MARGIN);
  const edge = place(threshold);
  const beyond = above ? value > threshold : value < threshold;
  return (
    <svg className={styles.gauge} width={WIDTH} height="16" aria-hidden="true">
      <rect className={styles.track} x="0" y="6" width={WIDTH} height="4" rx="2" />
      <rect
        className={styles.zone}
        x={above ? edge : 0}
        y="6"
        width={above ? WIDTH - edge : edge}
        height="4"
        rx="2"
      />
      {clear !== threshold && (
        <rect className={styles.clear} x={place(clear) - 0.5} y="4" width="1" height="8" />
      )}
      <rect className={styles.threshold} x={edge - 1} y="1" width="2" height="14" rx="1" />
      <circle
        className={classes(styles.mark, beyond && styles.beyond)}
        cx={place(value)}
        cy="8"
        r="4.5"
      />
    </svg>
  );
}
