/** A symbol that is followed: its tags, and following it no longer. */

import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Problem } from "@/api/problem";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Instant } from "@/design/Instant";
import { Fact, Facts } from "@/design/Panel";
import { Answer, Skeleton } from "@/design/States";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { useRetag, useUnfollow, watchedQuery } from "../api";
import { tagsOf, wrongTag } from "../tags";
import { TagsField } from "./TagsField";
import styles from "./Watched.module.css";

interface EditDialogProps {
  symbol: string;
  tags: readonly string[];
  onClose: () => void;
}

type Read = NonNullable<ReturnType<typeof useRead>["data"]>;

function useRead(symbol: string) {
  return useQuery(watchedQuery(symbol));
}

export default function EditDialog({ symbol, tags, onClose }: EditDialogProps) {
  const query = useRead(symbol);
  return (
    <Dialog title={symbol} onClose={onClose}>
      <Answer query={query} skeleton={<Skeleton height={36} lines={4} />}>
        {(read) => (
          <Edit
            // Read again, it begins again with what is there now.
            key={read.tag}
            read={read}
            there={tags}
            readAgain={() => void query.refetch()}
            onClose={onClose}
          />
        )}
      </Answer>
    </Dialog>
  );
}

interface EditProps {
  read: Read;
  there: readonly string[];
  readAgain: () => void;
  onClose: () => void;
}

function Edit({ read, there, readAgain, onClose }: EditProps) {
  const { instrument, added_at } = read.data;
  const { symbol } = instrument;
  const before = instrument.tags;
  const [typed, setTyped] = useState(before.join(", "));
  const why = useWhyNoEdit();
  const { retag, isPending, error } = useRetag();
  const unfollow = useUnfollow();
  const tags = tagsOf(typed);
  const same = tags.join() === before.join();
  const save = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await retag({ symbol, tags, tag: read.tag ?? "" }, before);
      onClose();
    } catch {
      // What was refused stands in the form.
    }
  };
  const conflict = error instanceof Problem && [409, 412].includes(error.status);
  return (
    <form className={styles.form} onSubmit={save}>
      <Facts>
        <Fact name="Name">{instrument.name}</Fact>
        {instrument.aliases.length > 0 && (
          <Fact name="In headlines">{instrument.aliases.join(", ")}</Fact>
        )}
        <Fact name="Exchange, currency">
          {instrument.mic}, {instrument.currency}
        </Fact>
        <Fact name="Followed since">
          <Instant at={added_at} />
        </Fact>
      </Facts>
      <TagsField typed={typed} onType={setTyped} there={there} disabled={why !== null} />
      {error && (
        <div className={styles.refused} role="alert">
          <p>{error.message}</p>
          {conflict && <Button onClick={readAgain}>Read again</Button>}
        </div>
      )}
      {why && <p className={styles.why}>{why}</p>}
      <div className={styles.actions}>
        <Button
          look="danger"
          icon={Trash2}
          className={styles.apart}
          disabled={why !== null}
          title={why ?? undefined}
          onClick={() => {
            unfollow.mutate({ instrument, tag: read.tag ?? "" });
            onClose();
          }}
        >
          Follow no longer
        </Button>
        <Button
          look="main"
          type="submit"
          disabled={why !== null || same || wrongTag(tags) !== null || isPending}
          title={why ?? undefined}
        >
          Save
        </Button>
      </div>
    </form>
  );
}
