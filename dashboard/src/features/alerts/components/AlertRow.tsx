/** One alert: what happened, how strong, since when, and what can be done about it. */

import { BellRing, CircleAlert, CircleCheck, type LucideIcon, TriangleAlert } from "lucide-react";
import { Badge, SeverityBadge } from "@/design/Badge";
import { classes } from "@/design/classes";
import { duration } from "@/design/format";
import { Instant } from "@/design/Instant";
import { AtLink } from "@/frame/AtLink";
import type { Alert, Definition } from "../api";
import { Against } from "./Against";
import { AlertActions } from "./AlertActions";
import styles from "./AlertRow.module.css";

const ICONS: Readonly<Record<Alert["severity"], LucideIcon>> = {
  critical: CircleAlert,
  warning: TriangleAlert,
  info: BellRing,
};

interface AlertRowProps {
  alert: Alert;
  /** Its rule's; undefined where that is removed. */
  definition: Definition | undefined;
  /** It came while the list was looked at. */
  isNew?: boolean;
  /** Where whatever is around says the severity already. */
  bare?: boolean;
}

export function AlertRow({ alert, definition, isNew, bare }: AlertRowProps) {
  const ended = alert.resolved_at !== null;
  const Icon = ended ? CircleCheck : ICONS[alert.severity];
  const quiet = !ended && (alert.acknowledged_at !== null || alert.silenced_by !== null);
  return (
    <li
      className={classes(
        styles.row,
        styles[alert.severity],
        ended && styles.ended,
        quiet && styles.quiet,
        isNew && styles.new,
      )}
    >
      <Icon aria-hidden="true" className={styles.icon} />
      <div className={styles.told}>
        <p className={styles.what}>
          <AtLink to={`/alerts/${alert.alert_id}`} className={styles.subject}>
            {alert.subject}
          </AtLink>
          <span className={styles.rule}>{alert.rule}</span>
          {!bare && <SeverityBadge severity={alert.severity} />}
          <Standing alert={alert} />
        </p>
        <p className={styles.reason}>{alert.reason}</p>
        <When alert={alert} />
      </div>
      {!ended && <Against value={alert.value} definition={definition} />}
      {!ended && <AlertActions alert={alert} />}
    </li>
  );
}

const PHASES: Readonly<Record<string, string>> = { no_data: "no data", error: "cannot be judged" };

/** What else is to say of an alert, in small words. */
export function Standing({ alert }: { alert: Alert }) {
  const phase = alert.phase === null ? undefined : PHASES[alert.phase];
  return (
    <>
      {phase && <Badge tone="warn">{phase}</Badge>}
      {alert.acknowledged_at !== null && (
        <Badge tone="good">acknowledged by {alert.acknowledged_by}</Badge>
      )}
      {alert.silenced_by !== null && <Badge>silenced</Badge>}
    </>
  );
}

function When({ alert: { started_at, resolved_at } }: { alert: Alert }) {
  if (resolved_at === null) {
    return (
      <p className={styles.when}>
        for <Instant at={started_at} as="age" />, since <Instant at={started_at} />
      </p>
    );
  }
  const seconds = (Date.parse(resolved_at) - Date.parse(started_at)) / 1000;
  return (
    <p className={styles.when}>
      <Instant at={started_at} /> to <Instant at={resolved_at} />, {duration(seconds)}
    </p>
  );
}
