/** A run that was asked for, followed until it ends. */

import { useQuery } from "@tanstack/react-query";
import { duration } from "@/design/format";
import { AtLink } from "@/frame/AtLink";
import { runQuery } from "../api";
import { whatOf } from "../runs";
import styles from "./AskForRuns.module.css";
import { RunStatus } from "./RunStatus";

export function RunFollowed({ runId }: { runId: string }) {
  const query = useQuery(runQuery(runId));
  const run = query.data;
  return (
    <li className={styles.run} aria-live="polite">
      <span className={styles.row}>
        {run ? <RunStatus status={run.status} /> : query.isError || <RunStatus status="asked" />}
        <AtLink to={`/operations/runs/${runId}`} className={styles.link}>
          {run ? whatOf(run) : runId.slice(0, 8)}
        </AtLink>
        {run?.duration_seconds != null && (
          <span className={styles.soft}>{duration(run.duration_seconds)}</span>
        )}
      </span>
      {run && run.steps.length > 0 && (
        <span className={styles.steps} aria-hidden="true">
          {run.steps.map(({ step, status }) => (
            <span key={step} className={styles.step} data-status={status} title={step} />
          ))}
        </span>
      )}
      {run?.reason && <span className={styles.wrong}>{run.reason}</span>}
      {query.isError && <span className={styles.wrong}>{query.error.message}</span>}
    </li>
  );
}
