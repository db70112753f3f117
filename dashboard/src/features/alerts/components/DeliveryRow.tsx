/** One message, and what was tried to send it. */

import { SeverityBadge } from "@/design/Badge";
import { usd } from "@/design/format";
import { Instant } from "@/design/Instant";
import { AtLink } from "@/frame/AtLink";
import type { Delivery } from "../api";
import { ChannelIcon } from "./ChannelIcon";
import styles from "./Deliveries.module.css";
import { ProgressBadge } from "./ProgressBadge";

export function DeliveryRow({ delivery }: { delivery: Delivery }) {
  const { contact, attempts } = delivery;
  const tries = attempts.length === 1 ? "1 attempt" : `${attempts.length} attempts`;
  return (
    <li className={styles.row} data-progress={delivery.progress}>
      <ChannelIcon channel={contact.channel} />
      <div className={styles.what}>
        <p className={styles.head}>
          <strong>{delivery.person}</strong>
          <span>by {contact.channel}</span>
          {contact.address && <span className={styles.soft}>{contact.address}</span>}
          <SeverityBadge severity={delivery.severity} />
        </p>
        <p>{delivery.told || "It waits to be sent."}</p>
        {delivery.instead_of && <p className={styles.soft}>{delivery.instead_of}</p>}
        {delivery.escalated_to !== null && (
          <p className={styles.soft}>Message {delivery.escalated_to} goes another way instead.</p>
        )}
        <p className={styles.soft}>
          Message {delivery.delivery_id}, about{" "}
          {delivery.alert_ids.map((id, place) => (
            <span key={id}>
              {place > 0 && ", "}
              <AtLink to={`/alerts/${id}`} className={styles.alert}>
                alert {id}
              </AtLink>
            </span>
          ))}
        </p>
        {attempts.length > 0 && (
          <details className={styles.attempts}>
            <summary>{tries}</summary>
            <ol>
              {attempts.map((one) => (
                <li key={one.number}>
                  <Instant at={one.begun_at} />{" "}
                  {one.ended_at === null ? "It has no end that is known." : one.told}
                </li>
              ))}
            </ol>
          </details>
        )}
      </div>
      <p className={styles.fate}>
        <ProgressBadge progress={delivery.progress} />
        <Instant at={delivery.ended_at ?? delivery.accepted_at ?? delivery.created_at} />
        <span className={styles.soft}>
          {delivery.cost_usd === null ? "no cost" : usd(delivery.cost_usd)}
          {delivery.segments !== null && `, ${delivery.segments} SMS`}
        </span>
      </p>
    </li>
  );
}
