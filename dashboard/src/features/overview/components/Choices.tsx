/** How the cards are sorted and which are shown; the URL keeps it. */

import { SelectField, TextField } from "@/design/Field";
import { words } from "@/design/format";
import { ACTIONS, SORTS, type Wish } from "../api";
import styles from "./Choices.module.css";

interface ChoicesProps {
  wish: Wish;
  onChoose: (name: string, value: string) => void;
}

export function Choices({ wish, onChoose }: ChoicesProps) {
  return (
    <search className={styles.choices}>
      <TextField
        bare
        label="Symbol, name or tag"
        placeholder="Symbol, name or tag"
        type="search"
        value={wish.text}
        onChange={(event) => onChoose("q", event.target.value)}
      />
      <SelectField
        bare
        label="Action"
        value={wish.action ?? ""}
        onChange={(event) => onChoose("action", event.target.value)}
      >
        <option value="">Every action</option>
        {ACTIONS.map((action) => (
          <option key={action} value={action}>
            {words(action)}
          </option>
        ))}
      </SelectField>
      <SelectField
        bare
        label="Which"
        value={wish.only}
        onChange={(event) =>
          onChoose("only", event.target.value === "all" ? "" : event.target.value)
        }
      >
        <option value="all">All symbols</option>
        <option value="changed">Action changed</option>
        <option value="alerts">With open alerts</option>
        <option value="stale">Stale</option>
      </SelectField>
      <SelectField
        bare
        label="Sorted by"
        value={wish.sort}
        onChange={(event) =>
          onChoose("sort", event.target.value === "symbol" ? "" : event.target.value)
        }
      >
        {Object.entries(SORTS).map(([sort, name]) => (
          <option key={sort} value={sort}>
            By {name.toLowerCase()}
          </option>
        ))}
      </SelectField>
    </search>
  );
}
