/** How a rule tells: how loudly, how often, and what besides. */

import { Segments } from "@/design/Field";
import { oneOf } from "@/frame/params";
import { SEVERITIES, type Severity } from "../api";
import { isOfChanges, usuallyTellsEnd } from "../definition";
import { DraftText, type PartProps, Switch } from "./fields";
import styles from "./RuleForm.module.css";

const MEANS: Readonly<Record<Severity, string>> = {
  info: "Waits for the end of quiet hours.",
  warning: "Waits for the end of quiet hours; finds another way where one has ended.",
  critical: "Rings in quiet hours; an SMS that is lost goes by email.",
};

export function TellingFields(part: PartProps) {
  const { draft, wrong, set } = part;
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
        <DraftText
          of="repeat"
          part={part}
          className={styles.half}
          label="Tells again every"
          placeholder="Never again"
          hint="While it goes on; 30m or more."
        />
      )}
      <DraftText
        of="most_per_day"
        part={part}
        className={styles.half}
        label="At most so many messages a day"
        inputMode="numeric"
        placeholder="No limit"
        hint="To each contact."
      />
      <DraftText
        of="note"
        part={part}
        className={styles.whole}
        label="Note"
        placeholder="Look at the futures first."
        hint="It stands in the message."
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
