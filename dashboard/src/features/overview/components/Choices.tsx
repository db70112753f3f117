/** Which symbols are shown, and how; the URL keeps it. */

import { ArrowDownUp, LayoutGrid, Table2 } from "lucide-react";
import { IconButton } from "@/design/Button";
import { Segments, SelectField, TextField } from "@/design/Field";
import { words } from "@/design/format";
import { useTyped } from "@/design/useTyped";
import { ACTIONS, ONLY, type Part, SORTS, type Wish } from "../wish";
import styles from "./Choices.module.css";

export interface ChoicesProps {
  wish: Wish;
  /** Every tag that is there. */
  tags: readonly string[];
  onChoose: (choices: Partial<Record<Part, string>>) => void;
}

export function Choices({ wish, tags, onChoose }: ChoicesProps) {
  return (
    <search className={styles.choices}>
      <TextSought
        key="q"
        text={wish.text}
        onSeek={(q) => onChoose({ q })}
        className={styles.text}
      />
      <div className={styles.filters}>
        <SelectField
          bare
          label="Action"
          value={wish.action ?? ""}
          onChange={(event) => onChoose({ action: event.target.value })}
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
          onChange={({ target }) => onChoose({ only: target.value === "all" ? "" : target.value })}
        >
          {Object.entries(ONLY).map(([only, name]) => (
            <option key={only} value={only}>
              {name}
            </option>
          ))}
        </SelectField>
        {(tags.length > 0 || wish.tag !== null) && (
          <SelectField
            bare
            label="Tag"
            value={wish.tag ?? ""}
            onChange={(event) => onChoose({ tag: event.target.value })}
          >
            <option value="">Every tag</option>
            {[...new Set([...tags, ...(wish.tag === null ? [] : [wish.tag])])].map((tag) => (
              <option key={tag} value={tag}>
                #{tag}
              </option>
            ))}
          </SelectField>
        )}
        <div className={styles.sorted}>
          <SelectField
            bare
            label="Sorted by"
            value={wish.sort}
            onChange={({ target }) =>
              onChoose({ sort: target.value === "symbol" ? "" : target.value, order: "" })
            }
          >
            {Object.entries(SORTS).map(([sort, name]) => (
              <option key={sort} value={sort}>
                By {name.toLowerCase()}
              </option>
            ))}
          </SelectField>
          <IconButton
            label="The other way round"
            icon={ArrowDownUp}
            aria-pressed={wish.reversed}
            onClick={() => onChoose({ order: wish.reversed ? "" : "reversed" })}
          />
        </div>
      </div>
      <Segments
        label="Shown as"
        value={wish.view}
        choices={[
          ["cards", <Look key="cards" name="Cards" icon={LayoutGrid} />],
          ["table", <Look key="table" name="Table" icon={Table2} />],
        ]}
        onChoose={(view) => onChoose({ view: view === "cards" ? "" : view })}
      />
    </search>
  );
}

function Look({ name, icon: Icon }: { name: string; icon: typeof LayoutGrid }) {
  return (
    <>
      <Icon aria-hidden="true" size={15} />
      <span className="visually-hidden">{name}</span>
    </>
  );
}

/** What is typed shows at once; the list follows when it can. */
function TextSought({
  text,
  onSeek,
  className,
}: {
  text: string;
  onSeek: (text: string) => void;
  className: string | undefined;
}) {
  const [typed, setTyped] = useTyped(text);
  const seek = (next: string) => {
    setTyped(next);
    onSeek(next);
  };
  return (
    <TextField
      bare
      label="Symbol, name or tag"
      placeholder="Symbol, name or tag"
      type="search"
      className={className}
      value={typed}
      onChange={(event) => seek(event.target.value)}
    />
  );
}
