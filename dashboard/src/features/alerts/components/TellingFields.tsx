/** How a rule tells: how loudly, how often, and what besides. */

import { Segments, TextField } from "@/design/Field";
import { oneOf } from "@/frame/params";
import { SEVERITIES, type Severity } from "../api";
import { isOfChanges, usuallyTellsEnd } from "../definition";
import { type PartProps, Switch } from "./RuleForm";
import styles from "./RuleForm.module.css";

const MEANS: Readonly<Record<Severity, string>> = {
  info: "Waits for the end of quiet hours.",
  warning: "Waits for the end of quiet hours; finds another way where one has ended.",
  critical: "Rings in quiet hours; an SMS that is lost goes by email.",
};

export function TellingFields({ draft, wrong, set }: PartProps) {
  const severity = oneOf(draft.severity, SEVERITIES) ?? "warning";
  return (
    <>
      <div className={styles.whole}>
        <Segments<Severity>
          label="Severity"
          value={severity}
          choices={SEVERITIES.map((one) => [one, one] as const)}
          onChoose={(chosen) => set({ severity: chosen })}
        />
        <p className={wrong.severity ? styles.wrong : styles.hint}>
          {wrong.severity ?? MEANS[severity]}
        </p>
      </div>
      {!isOfChanges(draft) && (
        <TextField
          className={styles.half}
          label="Tells again every"
          value={draft.repeat}
          wrong={wrong.repeat}
          placeholder="Never again"
          hint="While it goes on; 30m or more."
          onChange={(event) => set({ repeat: event.target.value })}
        />
      )}
      <TextField
        className={styles.half}
        label="At most so many messages a day"
        inputMode="numeric"
        value={draft.most_per_day}
        wrong={wrong.most_per_day}
        placeholder="No limit"
        hint="To each contact."
        onChange={(event) => set({ most_per_day: event.target.value })}
      />
      <TextField
        className={styles.whole}
        label="Note"
        value={draft.note}
        wrong={wrong.note}
        placeholder="Look at the futures first."
        hint="It stands in the message."
        onChange={(event) => set({ note: event.target.value })}
      />
      <Switch
        label="Tell its end too"
        on={draft.resolved ?? usuallyTellsEnd(draft)}
        wrong={wrong.resolved}
        onTurn={(resolved) => set({ resolved })}
      />
      <Switch
        label="Tell when there is nothing to judge by"
        on={draft.no_data}
        wrong={wrong.no_data}
        onTurn={(no_data) => set({ no_data })}
      />
      <Switch
        label="Look at it"
        hint="Switched off, it is kept, and its open alerts end."
        on={draft.enabled}
        wrong={wrong.enabled}
        onTurn={(enabled) => set({ enabled })}
      />
    </>
  );
}
