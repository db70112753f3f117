/** A rule as people fill it in: when, about what, and whom it tells. */

import { type ReactNode, useId } from "react";
import { TextField } from "@/design/Field";
import type { Person } from "../api";
import { asName, type Draft } from "../definition";
import type { Mistakes } from "../mistakes";
import { ConditionFields } from "./ConditionFields";
import type { PartProps } from "./fields";
import { RecipientFields } from "./RecipientFields";
import styles from "./RuleForm.module.css";
import { ScopeFields } from "./ScopeFields";
import { TellingFields } from "./TellingFields";

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
        <div className={styles.rest} role="alert">
          <ul>
            {mistakes.rest.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </div>
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
