/** Tags, typed or chosen among those that are there. */

import { TextField } from "@/design/Field";
import { tagsOf, wrongTag } from "../tags";
import styles from "./Watched.module.css";

interface TagsFieldProps {
  typed: string;
  onType: (typed: string) => void;
  /** Those that other symbols have. */
  there: readonly string[];
  disabled?: boolean;
}

export function TagsField({ typed, onType, there, disabled }: TagsFieldProps) {
  const tags = tagsOf(typed);
  const more = there.filter((tag) => !tags.includes(tag)).slice(0, 12);
  return (
    <div className={styles.tags}>
      <TextField
        label="Tags"
        value={typed}
        disabled={disabled}
        placeholder="chips, core"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        hint="Separated by commas. Rules and silences name them."
        wrong={wrongTag(tags)}
        onChange={(event) => onType(event.target.value)}
      />
      {more.length > 0 && !disabled && (
        <ul className={styles.there} aria-label="Tags that are there">
          {more.map((tag) => (
            <li key={tag}>
              <button
                type="button"
                className={styles.chip}
                onClick={() => onType([...tags, tag].join(", "))}
              >
                #{tag}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
