/** What the parts of a rule's form are made of. */

import { type ComponentProps, useId } from "react";
import { TextField } from "@/design/Field";
import type { Draft } from "../definition";
import type { Mistakes } from "../mistakes";
import styles from "./RuleForm.module.css";

/** What each part of the form needs. */
export interface PartProps {
  draft: Draft;
  /** Sentences beside the fields. */
  wrong: Mistakes["of"];
  set: (change: Partial<Draft>) => void;
}

/** What of a draft is a text, and has a field of its own. */
type Text =
  | "threshold"
  | "clear"
  | "window"
  | "for"
  | "clear_for"
  | "repeat"
  | "most_per_day"
  | "note";

interface DraftTextProps
  extends Omit<ComponentProps<typeof TextField>, keyof PartProps | "value" | "part"> {
  of: Text;
  part: PartProps;
}

/** A text of the draft, with what is wrong with it. */
export function DraftText({ of, part: { draft, wrong, set }, ...field }: DraftTextProps) {
  return (
    <TextField
      {...field}
      value={draft[of]}
      wrong={wrong[of]}
      onChange={(event) => set({ [of]: event.target.value })}
    />
  );
}

interface SwitchProps {
  label: string;
  hint?: string;
  on: boolean;
  wrong?: string | undefined;
  onTurn: (on: boolean) => void;
}

/** Yes or no. */
export function Switch({ label, hint, on, wrong, onTurn }: SwitchProps) {
  const id = useId();
  return (
    <div className={styles.whole}>
      <label className={styles.switch}>
        <input
          type="checkbox"
          checked={on}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong || hint ? id : undefined}
          onChange={(event) => onTurn(event.target.checked)}
        />
        {label}
      </label>
      {(wrong || hint) && (
        <p id={id} className={wrong ? styles.wrong : styles.hint}>
          {wrong || hint}
        </p>
      )}
    </div>
  );
}
