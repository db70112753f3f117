/** A rule as people fill it in: when, about what, and whom it tells. */

import { type ReactNode, useId } from "react";
import { TextField } from "@/design/Field";
import type { Person } from "../api";
import { asName, type Draft } from "../definition";
import type { Mistakes } from "../mistakes";
import { ConditionFields } from "./ConditionFields";
import { RecipientFields } from "./RecipientFields";
import styles from "./RuleForm.module.css";
import { ScopeFields } from "./ScopeFields";
import { TellingFields } from "./TellingFields";

/** What each part of the form needs. */
export interface PartProps {
  draft: Draft;
  /** Sentences beside the fields. */
  wrong: Mistakes["of"];
  set: (change: Partial<Draft>) => void;
}

interface RuleFormProps {
  draft: Draft;
  mistakes: Mistakes;
  people: readonly Person[];
  isNew: boolean;
  onChange: (draft: Draft) => void;
}

export function RuleForm({ draft, mistakes, people, isNew, onChange }: RuleFormProps) {
  const part: PartProps = {
    draft,
    wrong: mistakes.of,
    set: (change) => onChange({ ...draft, ...change }),
  };
  return (
    <div className={styles.form}>
      <TextField
        label="Name"
        value={draft.name}
        readOnly={!isNew}
        placeholder="big-fall"
        hint={isNew ? "Small letters, digits, - and _; it stays." : undefined}
        wrong={mistakes.of.name}
        onChange={(event) => part.set({ name: asName(event.target.value) })}
      />
      <Part name="When">
        <ConditionFields {...part} />
      </Part>
      <Part name="About">
        <ScopeFields {...part} />
      </Part>
      <Part name="Whom it tells">
        <RecipientFields {...part} people={people} />
      </Part>
      <Part name="How it tells">
        <TellingFields {...part} />
      </Part>
      {mistakes.rest.length > 0 && (
        <ul className={styles.rest} role="alert">
          {mistakes.rest.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Part({ name, children }: { name: string; children: ReactNode }) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid everywhere
    <div role="group" aria-labelledby={id} className={styles.part}>
      <h3 id={id} className={styles.name}>
        {name}
      </h3>
      {children}
    </div>
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
