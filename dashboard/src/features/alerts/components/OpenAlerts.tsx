/** Open alerts in their groups; what is new slides in, or waits for whoever reads further down. */

import { ArrowUp } from "lucide-react";
import { SeverityBadge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { AtLink } from "@/frame/AtLink";
import type { Alert, Definition } from "../api";
import { type Grouping, grouped } from "../groups";
import { useArrivals } from "../useArrivals";
import { AlertRow } from "./AlertRow";
import styles from "./OpenAlerts.module.css";

interface OpenAlertsProps {
  alerts: readonly Alert[];
  definitions: ReadonlyMap<string, Definition>;
  grouping: Grouping;
}

export function OpenAlerts({ alerts, definitions, grouping }: OpenAlertsProps) {
  const arrivals = useArrivals(alerts.map((one) => one.alert_id));
  const shown = alerts.filter((one) => arrivals.isShown(one.alert_id));
  return (
    <>
      <p className={styles.arrivals} aria-live="polite">
        {arrivals.waiting > 0 && (
          <Button look="main" icon={ArrowUp} className={styles.waiting} onClick={arrivals.show}>
            {arrivals.waiting} new
          </Button>
        )}
      </p>
      {grouped(shown, grouping).map(({ key, alerts: members }) => (
        <section key={key} className={styles.group} aria-label={key || "By time"}>
          {key && (
            <h2 className={styles.head}>
              <GroupName of={key} by={grouping} />
              <span className={styles.count}>{members.length}</span>
            </h2>
          )}
          <ul className={styles.rows} aria-label={key ? `Open alerts, ${key}` : "Open alerts"}>
            {members.map((alert) => (
              <AlertRow
                key={alert.alert_id}
                alert={alert}
                definition={definitions.get(alert.rule)}
                bare={grouping === "severity"}
                isNew={arrivals.isNew(alert.alert_id)}
              />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function GroupName({ of, by }: { of: string; by: Grouping }) {
  if (by === "severity") return <SeverityBadge severity={of} />;
  if (by === "rule") return <AtLink to={`/alerts/rules/${encodeURIComponent(of)}`}>{of}</AtLink>;
  return <>{of}</>;
}
