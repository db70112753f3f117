/** How each asset stands over the last day, and when the next tick comes. */

import { useEffect, useState } from "react";
import { nowMs } from "@/api/clock";
import { classes } from "@/design/classes";
import { words } from "@/design/format";
import { Instant } from "@/design/Instant";
import type { FreshnessTold } from "../api";
import styles from "./FreshnessCards.module.css";

export function FreshnessCards({ freshness }: { freshness: FreshnessTold }) {
  return (
    <ul className={styles.cards} aria-label="How each asset stands">
      {freshness.assets.map((one) => (
        <li key={one.asset} className={styles.card}>
          <h2 className={styles.name}>{words(one.asset)}</h2>
          <p className={styles.figure}>
            {one.newest_slot_at ? (
              <>
                <Instant at={one.newest_slot_at} as="age" /> <small>old</small>
              </>
            ) : (
              <small>nothing yet</small>
            )}
          </p>
          <p className={styles.told}>
            <span className={styles.done}>{one.done} done</span>
            <span className={classes(one.partial > 0 && styles.partial)}>
              {one.partial} partial
            </span>
            <span className={classes(one.missing > 0 && styles.missing)}>
              {one.missing} missing
            </span>
            <span>of {one.due} due</span>
          </p>
          <Proportions {...one} />
        </li>
      ))}
      <li className={styles.card}>
        <h2 className={styles.name}>Next tick</h2>
        <p className={styles.figure}>
          <Countdown to={freshness.next_tick_at} />
        </p>
        <p className={styles.told}>
          <span>
            at <Instant at={freshness.next_tick_at} as="time" />, configuration{" "}
            {freshness.configuration}
          </span>
        </p>
      </li>
    </ul>
  );
}

function Proportions({ due, done, partial }: { due: number; done: number; partial: number }) {
  const share = (count: number) => `${(count / Math.max(due, 1)) * 100}%`;
  return (
    <span className={styles.bar} aria-hidden="true">
      <span className={styles.barDone} style={{ width: share(done) }} />
      <span className={styles.barPartial} style={{ width: share(partial) }} />
    </span>
  );
}

/** The time that is left, to the second. */
function Countdown({ to }: { to: string }) {
  const [now, setNow] = useState(nowMs);
  useEffect(() => {
    const timer = setInterval(() => setNow(nowMs()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const left = Math.ceil((Date.parse(to) - now) / 1000);
  if (left <= 0) return <span>due now</span>;
  const minutes = Math.floor(left / 60);
  return (
    <time dateTime={`PT${left}S`}>
      {minutes}:{String(left % 60).padStart(2, "0")} <small>min</small>
    </time>
  );
}
