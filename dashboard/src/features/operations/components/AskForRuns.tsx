/** Asking for a tick or a backfill, and following the runs until they end. */

import { Play } from "lucide-react";
import { type FormEvent, useState } from "react";
import { nowMs } from "@/api/clock";
import { Button } from "@/design/Button";
import { TextField } from "@/design/Field";
import { date } from "@/design/format";
import { Panel } from "@/design/Panel";
import { useToldIfGone } from "@/design/useToldIfGone";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { useBackfill, useTick } from "../api";
import styles from "./AskForRuns.module.css";
import { RunFollowed } from "./RunFollowed";

interface AskForRunsProps {
  followed: readonly string[];
  onFollow: (runIds: readonly string[]) => void;
  /** Rising; they are what the form proposes. */
  missingDays: readonly string[];
}

export function AskForRuns({ followed, onFollow, missingDays }: AskForRunsProps) {
  const why = useWhyNoEdit();
  const toldIfGone = useToldIfGone();
  const tick = useTick();
  const ask = () =>
    void tick.mutateAsync(null).then(({ run_id }) => onFollow([run_id]), toldIfGone);
  return (
    <Panel
      title="Ask for a run"
      note={why ?? "Ticks come by themselves; this does one now, or days that lack something."}
    >
      <div className={styles.parts}>
        <div className={styles.row}>
          <Button
            look="main"
            icon={Play}
            disabled={why !== null || tick.isPending}
            title={why ?? undefined}
            onClick={ask}
          >
            Run a tick now
          </Button>
          {tick.error && (
            <p role="alert" className={styles.wrong}>
              {tick.error.message}
            </p>
          )}
        </div>
        <BackfillForm why={why} onFollow={onFollow} missingDays={missingDays} />
        {followed.length > 0 && (
          <ul className={styles.runs} aria-label="Runs that were asked for">
            {followed.map((runId) => (
              <RunFollowed key={runId} runId={runId} />
            ))}
          </ul>
        )}
      </div>
    </Panel>
  );
}

interface BackfillFormProps extends Omit<AskForRunsProps, "followed"> {
  why: string | null;
}

function BackfillForm({ why, onFollow, missingDays }: BackfillFormProps) {
  const backfill = useBackfill();
  const toldIfGone = useToldIfGone();
  const today = new Date(nowMs()).toISOString().slice(0, 10);
  // Until somebody writes them, they are the days that lack something.
  const [first, setFirst] = useState<string | null>(null);
  const [last, setLast] = useState<string | null>(null);
  const firstOn = first ?? missingDays[0] ?? today;
  const lastOn = last ?? missingDays.at(-1) ?? today;
  const wrong = firstOn > lastOn ? "The last day comes before the first; swap them." : null;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (wrong) return;
    const again = new FormData(event.currentTarget).has("again");
    backfill
      .mutateAsync({ first_on: firstOn, last_on: lastOn, again })
      .then(({ run_ids }) => onFollow(run_ids), toldIfGone);
  };
  return (
    <form className={styles.form} aria-label="Backfill" onSubmit={submit}>
      <h3 className={styles.title}>Backfill</h3>
      <div className={styles.days}>
        <TextField
          label="First UTC day"
          type="date"
          required
          max={today}
          value={firstOn}
          onChange={(event) => setFirst(event.target.value)}
        />
        <TextField
          label="Last UTC day"
          type="date"
          required
          max={today}
          value={lastOn}
          wrong={wrong}
          onChange={(event) => setLast(event.target.value)}
        />
      </div>
      {missingDays.length > 0 && (
        <p className={styles.soft}>Days that lack slots: {missingDays.map(date).join(", ")}.</p>
      )}
      <label className={styles.check}>
        <input type="checkbox" name="again" /> Complete days too; what comes out differently is a
        revision
      </label>
      <div className={styles.row}>
        <Button
          type="submit"
          disabled={why !== null || backfill.isPending}
          title={why ?? undefined}
        >
          Backfill these days
        </Button>
        <div role="status">
          {backfill.data &&
            (backfill.data.run_ids.length === 0
              ? "Nothing is missing on these days; no run was started."
              : `Asked for ${backfill.data.days.length === 1 ? "one day" : `${backfill.data.days.length} days`}.`)}
        </div>
        {backfill.error && (
          <p role="alert" className={styles.wrong}>
            {backfill.error.message}
          </p>
        )}
      </div>
    </form>
  );
}
