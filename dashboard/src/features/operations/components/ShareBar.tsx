/** A figure with a bar behind it: how much it is of the whole, or of the largest. */

import type { ReactNode } from "react";
import styles from "./ShareBar.module.css";

interface ShareBarProps {
  /** In [0, 1]. */
  share: number;
  tone?: "accent" | "good" | "warn" | "critical";
  children: ReactNode;
}

export function ShareBar({ share, tone = "accent", children }: ShareBarProps) {
  const width = `${Math.min(Math.max(share, 0), 1) * 100}%`;
  return (
    <span className={styles.frame}>
      <span className={styles.track} aria-hidden="true">
        <span className={styles.fill} data-tone={tone} style={{ width }} />
      </span>
      <span className={styles.figure}>{children}</span>
    </span>
  );
}

interface MeterProps {
  label: string;
  used: number;
  /** Null: without a limit. */
  most: number | null;
  /** The figures in words: `18 of 25`. */
  told: string;
}

/** How much of a limit is used; it warns from four fifths on. */
export function Meter({ label, used, most, told }: MeterProps) {
  const share = most === null ? 0 : most > 0 ? used / most : 1;
  const tone = share >= 1 ? "critical" : share >= 0.8 ? "warn" : "good";
  return (
    <div className={styles.meter}>
      <span className={styles.label}>{label}</span>
      <span>{told}</span>
      {most !== null && (
        // biome-ignore lint/a11y/useSemanticElements: no browser lets a meter element be styled alike
        <span
          role="meter"
          aria-label={label}
          aria-valuemin={0}
          aria-valuemax={most}
          aria-valuenow={Math.min(used, most)}
          aria-valuetext={told}
          className={styles.track}
        >
          <span
            className={styles.fill}
            data-tone={tone}
            style={{ width: `${Math.min(share, 1) * 100}%` }}
          />
        </span>
      )}
    </div>
  );
}
