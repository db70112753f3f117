/** A few words, each of them chosen or typed, and taken away again. */

import { X } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { Button } from "@/design/Button";
import { TextField } from "@/design/Field";
import styles from "./TokenField.module.css";

interface TokenFieldProps {
  label: string;
  tokens: readonly string[];
  /** What may be chosen: the word, and what it means. */
  offered: readonly (readonly [string, string])[];
  placeholder: string;
  wrong?: string | undefined;
  /** What is typed, as it is kept. */
  read: (typed: string) => string;
  onChange: (tokens: string[]) => void;
}

export function TokenField({
  label,
  tokens,
  offered,
  placeholder,
  wrong,
  read,
  onChange,
}: TokenFieldProps) {
  const [typed, setTyped] = useState("");
  const id = useId();
  const add = (text: string) => {
    const found = text
      .split(/[\s,;]+/)
      .map(read)
      .filter(Boolean);
    onChange([...new Set([...tokens, ...found])]);
    setTyped("");
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      if (typed.trim()) add(typed);
    } else if (event.key === "Backspace" && typed === "") {
      onChange(tokens.slice(0, -1));
    }
  };
  return (
    <div className={styles.field}>
      <TextField
        label={label}
        value={typed}
        wrong={wrong}
        placeholder={placeholder}
        hint="Enter adds what is typed."
        list={id}
        autoComplete="off"
        onKeyDown={press}
        onBlur={() => {
          if (typed.trim()) add(typed);
        }}
        onChange={(event) => {
          const text = event.target.value;
          // What is chosen from the list comes whole.
          if (offered.some(([word]) => word === text) && !tokens.includes(text)) add(text);
          else setTyped(text);
        }}
      />
      <datalist id={id}>
        {offered
          .filter(([word]) => !tokens.includes(word))
          .map(([word, meaning]) => (
            <option key={word} value={word}>
              {meaning}
            </option>
          ))}
      </datalist>
      {tokens.length > 0 && (
        <ul className={styles.tokens} aria-label={`${label}, chosen`}>
          {tokens.map((token) => (
            <li key={token}>
              <Button
                className={styles.token}
                aria-label={`Take ${token} away`}
                onClick={() => onChange(tokens.filter((one) => one !== token))}
              >
                {token}
                <X aria-hidden="true" size={14} />
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
