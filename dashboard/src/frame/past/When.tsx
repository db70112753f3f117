/** The slot that is looked at: in the viewer's zone, and at the exchanges on hover. */

import { age, exactly, weekdayMoment } from "@/design/format";
import { useNow } from "@/design/now";
import styles from "./TimeMachine.module.css";

export function When({
  at,
  zones,
  told,
}: {
  at: string | null;
  /** The exchanges', by their IANA names. */
  zones: readonly string[];
  /** What happened then; empty where nothing did. */
  told: string;
}) {
  const now = useNow();
  if (at === null) {
    return (
      <span className={styles.text}>
        <strong>Now</strong>
        <span className={styles.told}>Drag back to see any past slot.</span>
      </span>
    );
  }
  const there = zones.map((zone) => `${exactly(at, zone)} in ${place(zone)}`);
  return (
    <span className={styles.text}>
      <strong>
        As of{" "}
        <time dateTime={at} title={[exactly(at), ...there].join("\n")}>
          {weekdayMoment(at)}
        </time>
      </strong>
      <span className={styles.told}>
        {age(at, now)} ago{told && `, ${told}`}
      </span>
    </span>
  );
}

/** `America/New_York` as people call it. */
function place(zone: string): string {
  return (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
}
