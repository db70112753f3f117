/** A rule as people fill it in. */

import { SelectField, TextField } from "@/design/Field";
import { words } from "@/design/format";
import type { Person } from "../api";
import { type Draft, METRICS } from "../definition";
import styles from "./RuleEditor.module.css";

const ACTIONS = ["any", "strong_buy", "buy", "hold", "sell", "strong_sell"];

interface RuleFormProps {
  draft: Draft;
  people: readonly Person[];
  isNew: boolean;
  onChange: (draft: Draft) => void;
}

function turned(list: readonly string[], item: string, on: boolean): string[] {
  return on ? [...list, item] : list.filter((one) => one !== item);
}

export function RuleForm({ draft, people, isNew, onChange }: RuleFormProps) {
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const metric = METRICS.find((one) => one.name === draft.metric);
  return (
    <div className={styles.form}>
      <TextField
        className={styles.half}
        label="Name"
        value={draft.name}
        readOnly={!isNew}
        required
        placeholder="big-fall"
        onChange={(event) => set({ name: event.target.value })}
      />
      <SelectField
        className={styles.half}
        label="What it looks at"
        value={draft.metric}
        onChange={(event) => set({ metric: event.target.value })}
      >
        {METRICS.map((one) => (
          <option key={one.name} value={one.name}>
            {one.about}
          </option>
        ))}
      </SelectField>
      {draft.metric === "action" ? (
        <Choices
          legend="Fires at"
          choices={ACTIONS}
          chosen={draft.to}
          onChange={(to) => set({ to })}
        />
      ) : (
        <Threshold draft={draft} unit={metric?.unit ?? ""} set={set} />
      )}
      {metric?.window && (
        <TextField
          className={styles.third}
          label="Window"
          value={draft.window}
          placeholder="2h"
          onChange={(event) => set({ window: event.target.value })}
        />
      )}
      <TextField
        className={styles.third}
        label="Must hold for"
        value={draft.for}
        placeholder="at once"
        onChange={(event) => set({ for: event.target.value })}
      />
      {!metric?.pipeline && (
        <TextField
          className={styles.third}
          label="Symbols"
          value={draft.symbols}
          placeholder="all"
          onChange={(event) => set({ symbols: event.target.value })}
        />
      )}
      <SelectField
        className={styles.third}
        label="Severity"
        value={draft.severity}
        onChange={(event) => set({ severity: event.target.value })}
      >
        <option>info</option>
        <option>warning</option>
        <option>critical</option>
      </SelectField>
      <TextField
        className={styles.third}
        label="Tell again after"
        value={draft.repeat}
        placeholder="never"
        onChange={(event) => set({ repeat: event.target.value })}
      />
      <TextField
        className={styles.third}
        label="Most messages a day"
        inputMode="numeric"
        value={draft.most_per_day}
        placeholder="no limit"
        onChange={(event) => set({ most_per_day: event.target.value })}
      />
      <Choices
        legend="Tell"
        choices={[...new Set([...people.map((one) => one.name), ...draft.notify])]}
        chosen={draft.notify}
        onChange={(notify) => set({ notify })}
      />
      <TextField
        className={styles.whole}
        label="Note"
        value={draft.note}
        placeholder="What you want to be reminded of"
        onChange={(event) => set({ note: event.target.value })}
      />
    </div>
  );
}

function Threshold({
  draft,
  unit,
  set,
}: {
  draft: Draft;
  unit: string;
  set: (change: Partial<Draft>) => void;
}) {
  const named = unit ? ` (${unit})` : "";
  return (
    <>
      <SelectField
        className={styles.third}
        label="Fires"
        value={draft.direction}
        onChange={(event) => set({ direction: event.target.value === "below" ? "below" : "above" })}
      >
        <option>above</option>
        <option>below</option>
      </SelectField>
      <TextField
        className={styles.third}
        label={`Threshold${named}`}
        inputMode="decimal"
        value={draft.threshold}
        onChange={(event) => set({ threshold: event.target.value })}
      />
      <TextField
        className={styles.third}
        label={`Ends at${named}`}
        inputMode="decimal"
        value={draft.clear}
        placeholder="the threshold"
        onChange={(event) => set({ clear: event.target.value })}
      />
    </>
  );
}

function Choices({
  legend,
  choices,
  chosen,
  onChange,
}: {
  legend: string;
  choices: readonly string[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}) {
  return (
    <fieldset className={`${styles.choices} ${styles.whole}`}>
      <legend>{legend}</legend>
      {choices.map((choice) => (
        <label key={choice} className={styles.choice}>
          <input
            type="checkbox"
            checked={chosen.includes(choice)}
            onChange={(event) => onChange(turned(chosen, choice, event.target.checked))}
          />
          {words(choice)}
        </label>
      ))}
    </fieldset>
  );
}
