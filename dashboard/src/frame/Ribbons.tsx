/** What nobody may miss: that everything is made up, and that what is shown may be old. */

import { useQuery } from "@tanstack/react-query";
import { FlaskConical, TriangleAlert, WifiOff } from "lucide-react";
import { useSearchParams } from "react-router";
import { overviewQuery } from "@/api/shared";
import { Instant } from "@/design/Instant";
import { useLive } from "@/live/Live";
import { atOf, useAt } from "./at";
import styles from "./Ribbons.module.css";

export function SimulatedRibbon() {
  const overview = useQuery(overviewQuery(useAt())).data;
  if (!overview?.simulated) return null;
  return (
    <p className={styles.simulated}>
      <FlaskConical aria-hidden="true" size={14} />
      <strong>SIMULATED</strong>
      <span>Prices and news are made up; no company is meant.</span>
    </p>
  );
}

/** Whether the page follows what happens; silent while all is well. */
export function ConnectionBanner() {
  const { standing, lastLiveAt } = useLive();
  const at = useAt();
  return (
    <div role="status" aria-live="polite">
      {at === null && standing === "away" && (
        <p className={styles.away}>
          <WifiOff aria-hidden="true" size={14} />
          <strong>Disconnected.</strong>
          <span>
            {lastLiveAt ? (
              <>
                What you see was live <Instant at={lastLiveAt.toISOString()} as="age" /> ago;
              </>
            ) : (
              "What you see may be old;"
            )}{" "}
            it is asked for every 15 seconds until the stream is back.
          </span>
        </p>
      )}
      {at === null && standing === "delayed" && (
        <p className={styles.away}>
          <TriangleAlert aria-hidden="true" size={14} />
          <span>The server cannot follow its database just now; news may come late.</span>
        </p>
      )}
    </div>
  );
}

/** Said where the URL names a slot that cannot be one; the present is shown. */
export function NoSuchSlot() {
  const [search] = useSearchParams();
  const named = search.get("at");
  if (named === null || atOf(search) !== null) return null;
  return (
    <p className={styles.away} role="status">
      <TriangleAlert aria-hidden="true" size={14} />
      <span>
        The address names no slot ({named.slice(0, 40)}), so this is the present; a slot is written
        as 2026-11-27T15:30Z.
      </span>
    </p>
  );
}
