/** Following a symbol: its name is looked up where it is not said. */

import { type FormEvent, useState } from "react";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { TextField } from "@/design/Field";
import { useFollow, type Wanted } from "../api";
import { tagsOf, wrongTag } from "../tags";
import { TagsField } from "./TagsField";
import styles from "./Watched.module.css";

interface FollowDialogProps {
  tags: readonly string[];
  onClose: () => void;
}

/** What the API takes for a symbol. */
const SYMBOL = /^[A-Za-z0-9.^=-]{1,40}$/;

export default function FollowDialog({ tags: there, onClose }: FollowDialogProps) {
  const follow = useFollow();
  const [symbol, setSymbol] = useState("");
  const [tags, setTags] = useState("");
  const odd = symbol !== "" && !SYMBOL.test(symbol.trim());
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const entered = new FormData(event.currentTarget);
    const said = (name: string) => String(entered.get(name) ?? "").trim();
    const wanted: Wanted = {
      ...(said("name") ? { name: said("name") } : {}),
      ...(said("mic") ? { mic: said("mic").toUpperCase() } : {}),
      ...(said("currency") ? { currency: said("currency").toUpperCase() } : {}),
      ...(tags.trim() ? { tags: tagsOf(tags) } : {}),
    };
    follow.mutate({ symbol: symbol.trim().toUpperCase(), wanted });
  };
  if (follow.data) return <Followed told={follow.data.data} onClose={onClose} />;
  const ready = symbol.trim() !== "" && !odd && wrongTag(tagsOf(tags)) === null;
  return (
    <Dialog title="Follow a symbol" onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <TextField
          label="Symbol"
          autoFocus
          required
          value={symbol}
          placeholder="NVDA"
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={40}
          wrong={odd ? "A symbol has letters, digits and . ^ = - alone." : follow.error?.message}
          onChange={(event) => {
            setSymbol(event.target.value);
            if (follow.isError) follow.reset();
          }}
        />
        <TagsField typed={tags} onType={setTags} there={there} />
        <details className={styles.more}>
          <summary>Name, exchange and currency</summary>
          <div className={styles.form}>
            <TextField
              label="Name"
              name="name"
              maxLength={200}
              hint="What is left out is looked up where a vendor knows it."
            />
            <div className={styles.pair}>
              <TextField label="Exchange (MIC)" name="mic" placeholder="XNAS" maxLength={10} />
              <TextField label="Currency" name="currency" placeholder="USD" maxLength={3} />
            </div>
          </div>
        </details>
        <div className={styles.actions}>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="main" type="submit" disabled={!ready || follow.isPending}>
            {follow.isPending ? "Looking it up" : "Follow"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Followed({
  told: { watched, source, warnings },
  onClose,
}: {
  told: NonNullable<ReturnType<typeof useFollow>["data"]>["data"];
  onClose: () => void;
}) {
  const { symbol, name, mic, currency } = watched.instrument;
  return (
    <Dialog title={`${symbol} is followed`} onClose={onClose}>
      <div className={styles.form} role="status">
        <p>
          <strong>{name}</strong>, {mic}, {currency}
          {source && ` (as ${source} knows it)`}. It is collected from the next tick on.
        </p>
        {warnings.length > 0 && (
          <ul className={styles.warnings}>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        )}
        <div className={styles.actions}>
          <Button look="main" autoFocus onClick={onClose}>
            Done
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
