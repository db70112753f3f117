/** Small words with a colour of their own. */

import type { ReactNode } from "react";
import styles from "./Badge.module.css";
import { classes } from "./classes";
import { words } from "./format";

export type Tone = "plain" | "rise" | "fall" | "good" | "warn" | "critical" | "accent" | "past";

export function Badge({
  tone = "plain",
  strong,
  children,
  title,
}: {
  tone?: Tone;
  strong?: boolean;
  children: ReactNode;
  title?: string;
}) {
  return (
    <span className={classes(styles.badge, styles[tone], strong && styles.strong)} title={title}>
      {children}
    </span>
  );
}

const TONES: Record<string, Tone> = {
  strong_sell: "fall",
  sell: "fall",
  buy: "rise",
  strong_buy: "rise",
};

/** What a signal asks for. */
export function ActionBadge({ action }: { action: string }) {
  return (
    <Badge tone={TONES[action] ?? "plain"} strong={action.startsWith("strong_")}>
      {words(action)}
    </Badge>
  );
}

const SEVERITIES: Record<string, Tone> = { info: "accent", warning: "warn", critical: "critical" };

/** How much an alert matters. */
export function SeverityBadge({ severity }: { severity: string }) {
  return <Badge tone={SEVERITIES[severity] ?? "plain"}>{severity}</Badge>;
}
