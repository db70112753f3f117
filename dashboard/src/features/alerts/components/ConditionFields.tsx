/** When a rule fires and when its alert ends. */

import { Segments, SelectField } from "@/design/Field";
import { words } from "@/design/format";
import { type Draft, isOfChanges } from "../definition";
import { METRICS, metricOf } from "../metrics";
import { DraftText, type PartProps } from "./fields";
import styles from "./RuleForm.module.css";

const ACTIONS = ["strong_buy", "buy", "hold", "sell", "strong_sell"];

export function ConditionFields(part: PartProps) {
  const { draft, wrong, set } = part;
  const metric = metricOf(draft.metric);
  return (
    <>
      <SelectField
        className={metric?.window ? styles.half : styles.whole}
        label="What it looks at"
        value={draft.metric}
        wrong={wrong.metric}
        onChange={(event) => set({ metric: event.target.value })}
      >
        <optgroup label="Symbols">
          {METRICS.filter((one) => !one.pipeline).map((one) => (
            <option key={one.name} value={one.name}>
              {one.about}
            </option>
          ))}
        </optgroup>
        <optgroup label="The watch itself">
          {METRICS.filter((one) => one.pipeline).map((one) => (
            <option key={one.name} value={one.name}>
              {one.about}
            </option>
          ))}
        </optgroup>
      </SelectField>
      {metric?.window && (
        <DraftText
          of="window"
          part={part}
          className={styles.half}
          label="Over how long"
          placeholder="2h"
          hint="In hours of trading, or whole sessions such as 1d."
        />
      )}
      {draft.metric === "action" ? <Actions {...part} /> : <Thresholds {...part} />}
      {!isOfChanges(draft) && (
        <>
          <DraftText
            of="for"
            part={part}
            className={styles.half}
            label="Must hold for"
            placeholder="Fires at once"
          />
          <DraftText
            of="clear_for"
            part={part}
            className={styles.half}
            label="Must be clear for"
            placeholder="Ends at once"
          />
        </>
      )}
    </>
  );
}

function Thresholds(part: PartProps) {
  const { draft, set } = part;
  const metric = metricOf(draft.metric);
  const unit = metric?.unit ? `, ${metric.unit}` : "";
  return (
    <>
      <div className={styles.third}>
        <p className={styles.label}>Fires when it is</p>
        <Segments<Draft["direction"]>
          label="Fires when it is"
          value={draft.direction}
          choices={[
            ["above", "above"],
            ["below", "below"],
          ]}
          onChoose={(direction) => set({ direction })}
        />
      </div>
      <DraftText
        of="threshold"
        part={part}
        className={styles.third}
        label={`Threshold${unit}`}
        inputMode="decimal"
        placeholder={`such as ${draft.direction === "below" && metric?.signed ? "−" : ""}${metric?.example ?? ""}`}
      />
      <DraftText
        of="clear"
        part={part}
        className={styles.third}
        label={`Ends at${unit}`}
        inputMode="decimal"
        placeholder="the threshold"
        hint="On the quiet side, so that it does not ring again and again."
      />
    </>
  );
}

function Actions({ draft, wrong, set }: PartProps) {
  const any = draft.to.includes("any");
  const turn = (action: string, on: boolean) =>
    set({ to: on ? [...draft.to, action] : draft.to.filter((one) => one !== action) });
  return (
    <fieldset className={styles.checks}>
      <legend>Fires at</legend>
      {ACTIONS.map((action) => (
        <label key={action} className={styles.check}>
          <input
            type="checkbox"
            checked={draft.to.includes(action)}
            disabled={any}
            onChange={(event) => turn(action, event.target.checked)}
          />
          {words(action)}
        </label>
      ))}
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={any}
          onChange={(event) => set({ to: event.target.checked ? ["any"] : [] })}
        />
        any change
      </label>
      {wrong.to && <p className={styles.wrong}>{wrong.to}</p>}
    </fieldset>
  );
}
