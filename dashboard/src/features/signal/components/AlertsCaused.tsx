/** The alerts that began with this signal. */

import { useQueries } from "@tanstack/react-query";
import { SeverityBadge } from "@/design/Badge";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { AtLink } from "@/frame/AtLink";
import { alertQuery, type WholeSignal } from "../api";
import styles from "./AlertsCaused.module.css";

export function AlertsCaused({ signal, until }: { signal: WholeSignal; until: string | null }) {
  // At a past slot, an alert that ended later was open.
  const ended = (at: string | null): at is string =>
    at !== null && (until === null || Date.parse(at) <= Date.parse(until));
  const found = useQueries({ queries: signal.alert_ids.map((id) => alertQuery(id)) });
  return (
    <Panel title="Alerts that began with it">
      {signal.alert_ids.length === 0 && (
        <p className={styles.none}>
          None. {signal.live ? "No rule fired at this slot." : "A backfilled signal alerts nobody."}
        </p>
      )}
      <ul className={styles.alerts}>
        {signal.alert_ids.map((id, n) => {
          const alert = found[n]?.data;
          return (
            <li key={id}>
              <AtLink to={`/alerts/${id}`} className={styles.alert}>
                <strong>{alert?.rule ?? `Alert ${id}`}</strong>
                {alert && <SeverityBadge severity={alert.severity} />}
                {alert && (
                  <span className={styles.when}>
                    {ended(alert.resolved_at) ? (
                      <>
                        ended <Instant at={alert.resolved_at} />
                      </>
                    ) : until === null ? (
                      "still open"
                    ) : (
                      "open then"
                    )}
                  </span>
                )}
              </AtLink>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
