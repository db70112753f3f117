/** One decision about an alert: what changed, why, and who was told of it. */

import {
  BellOff,
  BellRing,
  Check,
  CircleCheck,
  CircleHelp,
  Hourglass,
  type LucideIcon,
  RotateCw,
  TriangleAlert,
} from "lucide-react";
import { usd, words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { AtLink } from "@/frame/AtLink";
import type { Notice, StoryEvent as Told } from "../api";
import { isSlot } from "../story";
import { ChannelIcon } from "./ChannelIcon";
import { ProgressBadge } from "./ProgressBadge";
import styles from "./StoryEvent.module.css";
import { signalPath, useIsSymbol } from "./StoryFacts";

const ICONS: Readonly<Record<string, LucideIcon>> = {
  pending: Hourglass,
  fired: BellRing,
  repeated: RotateCw,
  resolved: CircleCheck,
  calmed: CircleCheck,
  acknowledged: Check,
  silenced: BellOff,
  no_data: CircleHelp,
  error: TriangleAlert,
};

export function StoryEvent({ event }: { event: Told }) {
  const Icon = ICONS[event.event] ?? BellRing;
  const isSymbol = useIsSymbol(event.subject);
  const told = event.notices.filter((one) => one.delivery_id !== null);
  const untold = event.notices.filter((one) => one.delivery_id === null);
  return (
    <li className={styles.event} data-event={event.event}>
      <span className={styles.mark}>
        <Icon aria-hidden="true" size={14} />
      </span>
      <p className={styles.head}>
        <strong>{words(event.event)}</strong>
        <Instant at={event.at} />
        <span className={styles.decided}>
          decided at <Instant at={event.decided_at} as="time" />
        </span>
        {isSymbol && isSlot(event.at) && (
          <AtLink to={signalPath(event.subject, event.at)} className={styles.signal}>
            Its signal
          </AtLink>
        )}
      </p>
      <p>{event.reason}</p>
      {told.length > 0 && (
        <ul className={styles.notices} aria-label="Who was told">
          {told.map((notice) => (
            <Message key={notice.delivery_id} notice={notice} />
          ))}
        </ul>
      )}
      {untold.length > 0 && (
        <ul className={styles.untold} aria-label="Who was not told">
          {untold.map((notice) => (
            <li key={notice.contact.contact_id}>
              <ChannelIcon channel={notice.contact.channel} />
              <span>
                <strong>{notice.person}</strong> by {notice.contact.channel} was not told:{" "}
                {notice.reason}
              </span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

function Message({ notice }: { notice: Notice }) {
  const at = notice.ended_at ?? notice.accepted_at;
  const tries = notice.attempts === 1 ? "1 attempt" : `${notice.attempts} attempts`;
  return (
    <li className={styles.notice}>
      <ChannelIcon channel={notice.contact.channel} />
      <div className={styles.who}>
        <p>
          <strong>{notice.person}</strong> by {notice.contact.channel}
          {notice.contact.address && <span className={styles.soft}> {notice.contact.address}</span>}
        </p>
        <p className={styles.soft}>{notice.reason}</p>
        {notice.instead_of && <p className={styles.soft}>{notice.instead_of}</p>}
        {notice.told && <p>{notice.told}</p>}
      </div>
      <p className={styles.fate}>
        {notice.progress && <ProgressBadge progress={notice.progress} />}
        <span className={styles.soft}>
          {at ? (
            <Instant at={at} as="time" />
          ) : (
            <>
              leaves at <Instant at={notice.due_at} as="time" />
            </>
          )}
          , {tries}
          {notice.cost_usd !== null && <>, {usd(notice.cost_usd)}</>}
        </span>
      </p>
    </li>
  );
}
