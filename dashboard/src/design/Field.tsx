/** What is filled in. A field is a label, its control, and what is wrong with it. */

import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { classes } from "./classes";
import styles from "./Field.module.css";

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong, in a sentence. */
  wrong?: string | null | undefined;
  /** The label is read out and not shown. */
  bare?: boolean;
  className?: string | undefined;
}

function useField({ label, hint, wrong, bare, className }: FieldProps) {
  const id = useId();
  const told = wrong || hint ? `${id}-told` : undefined;
  const control = { id, "aria-describedby": told, "aria-invalid": wrong ? true : undefined };
  const frame = (input: ReactNode) => (
    <div className={classes(styles.field, className)}>
      <label htmlFor={id} className={bare ? "visually-hidden" : styles.label}>
        {label}
      </label>
      {input}
      {told && (
        <p id={told} className={wrong ? styles.wrong : styles.hint}>
          {wrong || hint}
        </p>
      )}
    </div>
  );
  return { control, frame };
}

type Input = FieldProps & InputHTMLAttributes<HTMLInputElement>;

export function TextField({ label, hint, wrong, bare, className, ...rest }: Input) {
  const { control, frame } = useField({ label, hint, wrong, bare, className });
  return frame(<input {...control} {...rest} className={styles.control} />);
}

type Area = FieldProps & TextareaHTMLAttributes<HTMLTextAreaElement>;

export function TextArea({ label, hint, wrong, bare, className, ...rest }: Area) {
  const { control, frame } = useField({ label, hint, wrong, bare, className });
  return frame(<textarea {...control} {...rest} className={styles.control} />);
}

type Choice = FieldProps & SelectHTMLAttributes<HTMLSelectElement>;

export function SelectField({ label, hint, wrong, bare, className, children, ...rest }: Choice) {
  const { control, frame } = useField({ label, hint, wrong, bare, className });
  return frame(
    <select {...control} {...rest} className={styles.control}>
      {children}
    </select>,
  );
}

/** A few choices side by side, one of them chosen. */
export function Segments<Value extends string>({
  label,
  value,
  choices,
  onChoose,
}: {
  label: string;
  value: Value;
  choices: readonly (readonly [Value, ReactNode])[];
  onChoose: (value: Value) => void;
}) {
  const name = useId();
  return (
    <fieldset className={styles.segments}>
      <legend className="visually-hidden">{label}</legend>
      {choices.map(([choice, shown]) => (
        <label key={choice} className={styles.segment}>
          <input
            type="radio"
            name={name}
            value={choice}
            checked={choice === value}
            onChange={() => onChoose(choice)}
          />
          <span>{shown}</span>
        </label>
      ))}
    </fieldset>
  );
}
