/** One alert: what happened, how much it matters, since when, and what can be done. */

import { BellOff, Check } from "lucide-react";
import { Badge, SeverityBadge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { classes } from "@/design/classes";
import { Instant } from "@/design/Instant";
import { useToast } from "@/design/Toasts";
import { AtLink } from "@/frame/AtLink";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { type Alert, useAcknowledge, useEndSilence, useSilence } from "../api";
import styles from "./AlertRow.module.css";

export function AlertRow({ alert }: { alert: Alert }) {
  const ended = alert.resolved_at !== null;
  return (
    <li className={classes(styles.row, styles[alert.severity], ended && styles.ended)}>
      <div className={styles.what}>
        <AtLink to={`/alerts/${alert.alert_id}`} className={styles.subject}>
          {alert.subject}
        </AtLink>
        <span className={styles.rule}>{alert.rule}</span>
        <SeverityBadge severity={alert.severity} />
        {alert.acknowledged_at && (
          <Badge tone="good">acknowledged by {alert.acknowledged_by}</Badge>
        )}
        {alert.silenced_by !== null && <Badge>silenced</Badge>}
        {ended && <Badge>ended</Badge>}
      </div>
      <p className={styles.reason}>{alert.reason}</p>
      <p className={styles.since}>
        since <Instant at={alert.started_at} />
        {alert.resolved_at ? (
          <>
            {" "}
            until <Instant at={alert.resolved_at} />
          </>
        ) : (
          <>
            {" "}
            · <Instant at={alert.started_at} as="age" />
          </>
        )}
      </p>
      {!ended && <Actions alert={alert} />}
    </li>
  );
}

/** Acknowledging, and silencing for a while. */
export function Actions({ alert }: { alert: Alert }) {
  const why = useWhyNoEdit();
  const tell = useToast();
  const acknowledge = useAcknowledge();
  const silence = useSilence();
  const end = useEndSilence();
  const refused = (error: Error) => tell({ text: error.message, bad: true });
  const name = `${alert.rule} ${alert.subject}`;
  const silenced = (span: string | null) =>
    silence.mutate(
      { alert_id: alert.alert_id, comment: "", ...(span === null ? {} : { for: span }) },
      {
        onError: refused,
        onSuccess: ({ silence_id }) =>
          tell({
            text: `${name} is silenced ${span === null ? "until it ends" : `for ${span}`}.`,
            undo: () => end.mutate(silence_id, { onError: refused }),
          }),
      },
    );
  return (
    <div className={styles.actions}>
      {alert.acknowledged_at === null && (
        <Button
          icon={Check}
          disabled={why !== null || acknowledge.isPending}
          title={why ?? undefined}
          onClick={() =>
            acknowledge.mutate(alert.alert_id, {
              onError: refused,
              onSuccess: () => tell({ text: `${name} is acknowledged.` }),
            })
          }
        >
          Acknowledge
        </Button>
      )}
      {alert.silenced_by === null && (
        <>
          <Button
            icon={BellOff}
            disabled={why !== null || silence.isPending}
            title={why ?? undefined}
            onClick={() => silenced("4h")}
          >
            4 h<span className="visually-hidden"> of silence for {name}</span>
          </Button>
          <Button
            icon={BellOff}
            disabled={why !== null || silence.isPending}
            title={why ?? undefined}
            onClick={() => silenced(null)}
          >
            Until it ends
            <span className="visually-hidden">: silence {name}</span>
          </Button>
        </>
      )}
    </div>
  );
}
