/** One sentence that answers "is anything wrong?", with links to where it is. */

import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { classes } from "@/design/classes";
import { AtLink } from "@/frame/AtLink";
import type { Verdict } from "../useVerdict";
import styles from "./VerdictLine.module.css";

const SHOWN = 4;

export function VerdictLine({ verdict }: { verdict: Verdict }) {
  const { findings, unread, pending } = verdict;
  const grave = findings.some((one) => one.grave);
  const fine = findings.length === 0 && unread.length === 0;
  const Icon = fine ? CircleCheck : grave ? CircleAlert : TriangleAlert;
  const tone =
    pending && fine ? undefined : fine ? styles.fine : grave ? styles.grave : styles.warn;
  return (
    <p role="status" className={classes(styles.line, tone)}>
      {!(pending && fine) && <Icon aria-hidden="true" className={styles.icon} />}
      <span>
        {fine &&
          (pending
            ? "Looking at every part…"
            : "Nothing is wrong: the newest slots are whole, and every part is well.")}
        {findings.length > 0 && (
          <>
            <strong>
              {findings.length === 1 ? "One thing" : `${findings.length} things`} to look at:{" "}
            </strong>
            {findings.slice(0, SHOWN).map(({ what, place }, n) => (
              <span key={what}>
                {n > 0 && "; "}
                <AtLink to={place ? `/operations/${place}` : "/operations"} className={styles.link}>
                  {what}
                </AtLink>
              </span>
            ))}
            {findings.length > SHOWN && `; and ${findings.length - SHOWN} more`}.
          </>
        )}
        {unread.length > 0 && ` Nobody knows of ${unread.join(", ")}: it cannot be read just now.`}
      </span>
    </p>
  );
}
