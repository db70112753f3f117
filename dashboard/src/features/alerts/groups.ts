/** Alerts put together by what they have in common. */

import type { Alert } from "./api";

export const GROUPINGS = ["severity", "symbol", "rule", "time"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface Group {
  /** The severity, symbol or rule; of time there is one group, without a name. */
  key: string;
  alerts: Alert[];
}

const RANK: Readonly<Record<Alert["severity"], number>> = { critical: 0, warning: 1, info: 2 };

const KEYS: Readonly<Record<Grouping, (alert: Alert) => string>> = {
  severity: (alert) => alert.severity,
  symbol: (alert) => alert.subject,
  rule: (alert) => alert.rule,
  time: () => "",
};

/** The groups: by severity the worst first, else in the order of their newest alerts. */
export function grouped(alerts: readonly Alert[], by: Grouping): Group[] {
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const key = KEYS[by](alert);
    const group = groups.get(key);
    if (group) group.push(alert);
    else groups.set(key, [alert]);
  }
  const found = [...groups].map(([key, members]) => ({ key, alerts: members }));
  if (by !== "severity") return found;
  const rank = ({ alerts: [first] }: Group) => (first ? RANK[first.severity] : 0);
  return found.sort((one, other) => rank(one) - rank(other));
}
