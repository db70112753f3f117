/** What a rule would have done, while it is being written. */

import { History, TriangleAlert } from "lucide-react";
import { Segments } from "@/design/Field";
import { count } from "@/design/format";
import { Panel } from "@/design/Panel";
import { Empty, Skeleton } from "@/design/States";
import type { Tried } from "../useTrial";
import { FiringGrid } from "./FiringGrid";
import styles from "./Preview.module.css";

const DAYS = [
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
] as const;

interface PreviewProps {
  tried: Tried;
  /** Whether there is enough of the rule to try it. */
  isJudgeable: boolean;
  days: number;
  onDays: (days: number) => void;
}

export function Preview({ tried, isJudgeable, days, onDays }: PreviewProps) {
  const chosen = DAYS.find(([value]) => value === String(days))?.[0] ?? "30";
  return (
    <Panel
      title="What it would have done"
      note="Tried on what is stored, as you write; nobody is told."
      aside={
        <Segments
          label="How far back"
          value={chosen}
          choices={DAYS}
          onChoose={(value) => onDays(Number(value))}
        />
      }
    >
      {isJudgeable ? (
        <Outcome tried={tried} />
      ) : (
        <Empty icon={History} title="Say when it fires.">
          Then you see here how often it would have, and about which symbols.
        </Empty>
      )}
    </Panel>
  );
}

function Outcome({ tried: { answer, error, mistaken, isOld } }: { tried: Tried }) {
  if (mistaken) {
    return <Empty icon={TriangleAlert} title="It cannot be tried yet: see the fields in red." />;
  }
  if (error) {
    return (
      <p className={styles.wrong} role="status">
        {error.message}
      </p>
    );
  }
  if (!answer) return <Skeleton height={20} lines={5} />;
  const trial = answer.trials[0];
  if (!trial) {
    return (
      <Empty icon={History} title="This cannot be tried on history.">
        What is about the watch itself is not kept; it is judged from now on.
      </Empty>
    );
  }
  return (
    <div className={styles.outcome} aria-busy={isOld} data-old={isOld || undefined}>
      <p className={styles.often}>
        <span className={styles.count}>{count(trial.fired)}</span>
        <span>{trial.fired === 1 ? "alert" : "alerts"}</span>
        <span className={styles.soft}>
          at most {count(trial.most_at_once)} of {count(trial.of_symbols)} symbols at once
        </span>
      </p>
      <p aria-live="polite">{trial.sentence}</p>
      {trial.warning && (
        <p className={styles.warning} role="status">
          <TriangleAlert aria-hidden="true" size={16} />
          {trial.warning}
        </p>
      )}
      {trial.firings.length > 0 && <FiringGrid firings={trial.firings} days={answer.days} />}
      {trial.fired > trial.firings.length && (
        <p className={styles.soft}>Shown are the newest {count(trial.firings.length)}.</p>
      )}
    </div>
  );
}
