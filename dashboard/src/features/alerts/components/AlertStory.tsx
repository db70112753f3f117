/** The why of an alert: every decision, its reason, and who was told. */

import { useQuery } from "@tanstack/react-query";
import { Navigate, useParams } from "react-router";
import { Badge, SeverityBadge } from "@/design/Badge";
import { words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Answer, Skeleton } from "@/design/States";
import { AtLink } from "@/frame/AtLink";
import { alertQuery, type Story } from "../api";
import { Actions } from "./AlertRow";
import styles from "./AlertStory.module.css";
import { ProgressBadge } from "./Deliveries";

export function AlertStory() {
  const id = Number(useParams().id);
  const query = useQuery({ ...alertQuery(id), enabled: Number.isSafeInteger(id) });
  if (!Number.isSafeInteger(id)) return <Navigate to="/alerts" replace />;
  return (
    <Answer query={query} skeleton={<Skeleton height={64} lines={5} />}>
      {(alert) => (
        <Panel
          title={`${alert.subject}, ${alert.rule}`}
          aside={<SeverityBadge severity={alert.severity} />}
          note={alert.reason}
        >
          <p className={styles.links}>
            <AtLink to={`/alerts/rules/${encodeURIComponent(alert.rule)}`}>The rule</AtLink>
            {alert.tags.length === 0 && alert.phase === null ? null : (
              <Badge tone="warn">{alert.phase ?? "open"}</Badge>
            )}
          </p>
          {alert.resolved_at === null && <Actions alert={alert} />}
          <ol className={styles.line} aria-label="What was decided">
            {alert.events.map((event) => (
              <Event key={event.event_id} event={event} />
            ))}
          </ol>
        </Panel>
      )}
    </Answer>
  );
}

function Event({ event }: { event: Story["events"][number] }) {
  return (
    <li className={styles.event} data-event={event.event}>
      <p>
        <strong>{words(event.event)}</strong>{" "}
        <span className={styles.when}>
          <Instant at={event.at} />, decided <Instant at={event.decided_at} as="time" />
        </span>
      </p>
      <p>{event.reason}</p>
      {event.notices.length > 0 && (
        <ul className={styles.notices} aria-label="Who was told">
          {event.notices.map((notice) => (
            <li key={`${notice.person} ${notice.contact.channel} ${notice.delivery_id}`}>
              <strong>{notice.person}</strong> by {notice.contact.channel}:{" "}
              {notice.progress ? <ProgressBadge progress={notice.progress} /> : "not told"}{" "}
              {notice.told || notice.reason}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
