/** Where a score lies between −1 and +1, over the strategy's bands. */

import type { CSSProperties } from "react";
import { classes } from "@/design/classes";
import { signed, words } from "@/design/format";
import type { Definition } from "../sums";
import styles from "./ScoreScale.module.css";

interface Zone {
  action: string;
  from: number;
  to: number;
}

/** The scores that begin each action, from −1 to 1. */
export function zonesOf(bands: Definition["bands"]): Zone[] {
  const enter = (action: string, otherwise: number) => bands[action]?.enter ?? otherwise;
  const edges = [
    -1,
    enter("strong_sell", -1),
    enter("sell", -1),
    enter("buy", 1),
    enter("strong_buy", 1),
    1,
  ];
  const actions = ["strong_sell", "sell", "hold", "buy", "strong_buy"];
  return actions
    .map((action, n) => ({ action, from: edges[n] ?? -1, to: edges[n + 1] ?? 1 }))
    .filter((zone) => zone.to > zone.from);
}

const left = (score: number): CSSProperties => ({ insetInlineStart: `${(score + 1) * 50}%` });
const across = (zone: Zone): CSSProperties => ({
  ...left(zone.from),
  width: `${(zone.to - zone.from) * 50}%`,
});

export function ScoreScale({
  score,
  action,
  bands,
}: {
  score: number;
  action: string;
  bands: Definition["bands"] | null;
}) {
  const zones = bands ? zonesOf(bands) : [{ action: "", from: -1, to: 1 }];
  const held = bands?.[action];
  const ends = held && held.leave !== held.enter ? held.leave : null;
  const told = zones
    .filter((zone) => zone.action)
    .map((zone) => `${words(zone.action)} from ${signed(zone.from)} to ${signed(zone.to)}`)
    .join(", ");
  return (
    <div
      className={styles.scale}
      role="img"
      aria-label={`Score ${signed(score, 6)} on a scale from −1 to +1. ${told}.`}
    >
      <div className={styles.track}>
        {zones.map((zone) => (
          <span
            key={zone.action}
            className={classes(styles.zone, zone.action === action && styles.held)}
            data-action={zone.action}
            style={across(zone)}
          />
        ))}
        {ends !== null && (
          <span className={styles.ends} style={left(ends)} title={`Ends at ${signed(ends)}`} />
        )}
        <span className={styles.needle} style={left(score)} />
      </div>
      <div className={styles.names}>
        {zones.map((zone) => (
          <span
            key={zone.action}
            className={classes(styles.name, zone.action === action && styles.current)}
            style={across(zone)}
          >
            {words(zone.action)}
          </span>
        ))}
      </div>
      <div className={styles.edges}>
        {[-1, ...zones.slice(1).map((zone) => zone.from), 1].map((edge) => (
          <span key={edge} className={styles.edge} style={left(edge)}>
            {signed(edge)}
          </span>
        ))}
      </div>
    </div>
  );
}
