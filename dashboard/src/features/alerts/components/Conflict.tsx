/** Somebody else was first: what they made of the rule, beside what is here. */

import { useQuery } from "@tanstack/react-query";
import { Problem } from "@/api/problem";
import { Button } from "@/design/Button";
import { Answer, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { type Definition, theirRuleQuery } from "../api";
import styles from "./Conflict.module.css";

type Whole = Awaited<ReturnType<NonNullable<ReturnType<typeof theirRuleQuery>["queryFn"]>>>;

interface ConflictProps {
  name: string;
  before: Definition;
  mine: Definition;
  onTheirs: (theirs: Whole) => void;
  /** Writes what is here over theirs; null where it was removed. */
  onMine: (tag: string | null) => void;
}

interface Differing {
  key: string;
  before: unknown;
  theirs: unknown;
  mine: unknown;
}

const told = (value: unknown) => {
  if (value === undefined) return "not set";
  return Array.isArray(value) ? value.join(", ") : String(value);
};

const COLUMNS: readonly Column<Differing>[] = [
  { key: "key", head: "Key", cell: (one) => <code>{one.key}</code> },
  { key: "before", head: "When you began", cell: (one) => told(one.before) },
  { key: "theirs", head: "Theirs, now", cell: (one) => <strong>{told(one.theirs)}</strong> },
  { key: "mine", head: "Yours", cell: (one) => <strong>{told(one.mine)}</strong> },
];

/** The keys in which the three are not one. */
function differing(before: Definition, theirs: Definition, mine: Definition): Differing[] {
  const keys = new Set([before, theirs, mine].flatMap((one) => Object.keys(one)));
  const rows = [...keys].map((key) => ({
    key,
    before: before[key],
    theirs: theirs[key],
    mine: mine[key],
  }));
  return rows.filter(
    (row) => new Set([told(row.before), told(row.theirs), told(row.mine)]).size > 1,
  );
}

export function Conflict({ name, before, mine, onTheirs, onMine }: ConflictProps) {
  const query = useQuery(theirRuleQuery(name));
  const gone = query.error instanceof Problem && query.error.status === 404;
  if (gone) {
    return (
      <section className={styles.conflict} role="alert">
        <p className={styles.title}>It was removed meanwhile.</p>
        <div className={styles.ways}>
          <Button look="main" onClick={() => onMine(null)}>
            Make it anew as yours
          </Button>
        </div>
      </section>
    );
  }
  return (
    <section className={styles.conflict} role="alert" aria-label="It was changed meanwhile">
      <p className={styles.title}>It was changed meanwhile. Nothing of yours is lost.</p>
      <Answer query={query} skeleton={<Skeleton height={28} lines={3} />}>
        {(theirs) => (
          <>
            <Table
              caption="Where theirs and yours differ"
              columns={COLUMNS}
              rows={differing(before, theirs.data.definition, mine)}
              rowKey={(row) => row.key}
            />
            <div className={styles.ways}>
              <Button onClick={() => onTheirs(theirs)}>Take theirs</Button>
              <Button look="main" onClick={() => onMine(theirs.tag)}>
                Keep yours
              </Button>
            </div>
          </>
        )}
      </Answer>
    </section>
  );
}
