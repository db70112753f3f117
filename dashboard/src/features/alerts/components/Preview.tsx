/** What a rule would have done in the last month, while it is being written. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { day } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { type Definition, type Trial, trialQuery } from "../api";
import styles from "./RuleEditor.module.css";

const REST_MS = 500;
const DAY_MS = 86_400_000;
type Firing = Trial["trials"][number]["firings"][number];

/** A value once it has rested for a moment. */
function useRested<Value>(value: Value): Value {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), REST_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}

export function Preview({ name, definition }: { name: string; definition: Definition }) {
  const written = useRested(JSON.stringify([name, definition]));
  const [asked, of] = JSON.parse(written) as [string, Definition];
  const query = useQuery({ ...trialQuery(asked, of), placeholderData: keepPreviousData });
  const trial = query.data?.trials[0];
  return (
    <Panel title="On history" note="The last 30 days; nothing is told to anybody.">
      {query.isPending && <Skeleton height={20} lines={4} />}
      {query.error && (
        <p className={styles.wrong} role="status">
          {query.error.message}
        </p>
      )}
      {!query.error && trial && (
        <div aria-live="polite">
          <p>{trial.sentence}</p>
          {trial.warning && <p className={styles.warning}>{trial.warning}</p>}
          <Strip firings={trial.firings} days={query.data?.days ?? 30} />
          <Firings firings={trial.firings} />
        </div>
      )}
      {!query.error && query.data && !trial && (
        <Empty title="This cannot be tried on history.">
          What is about the watch itself is not kept; it is judged from now on.
        </Empty>
      )}
    </Panel>
  );
}

/** How often it fired, day by day. */
function Strip({ firings, days }: { firings: readonly Firing[]; days: number }) {
  const first = Date.now() - days * DAY_MS;
  const counts = new Array<number>(days).fill(0);
  for (const { started_at } of firings) {
    const place = Math.floor((Date.parse(started_at) - first) / DAY_MS);
    if (place >= 0 && place < days) counts[place] = (counts[place] ?? 0) + 1;
  }
  const most = Math.max(...counts, 1);
  return (
    <>
      <svg
        className={styles.strip}
        viewBox={`0 0 ${days * 10} 60`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Firings a day, at most ${Math.max(...counts, 0)}`}
      >
        <line className={styles.base} x1="0" x2={days * 10} y1="59.5" y2="59.5" />
        {counts.map((count, place) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a day is its place
            key={place}
            className={styles.firing}
            x={place * 10 + 1}
            y={60 - (count / most) * 56}
            width="8"
            height={(count / most) * 56}
          />
        ))}
      </svg>
      <p className={styles.days}>
        <span>{day(new Date(first))}</span>
        <span>today</span>
      </p>
    </>
  );
}

const COLUMNS: readonly Column<Firing>[] = [
  { key: "at", head: "Fired", cell: (one) => <Instant at={one.started_at} /> },
  { key: "about", head: "About", cell: (one) => one.subject },
  { key: "why", head: "Why", cell: (one) => one.reason },
];

function Firings({ firings }: { firings: readonly Firing[] }) {
  if (firings.length === 0) return null;
  return (
    <div className={styles.firings}>
      <Table
        caption="When it would have fired"
        columns={COLUMNS}
        rows={firings}
        rowKey={(one) => `${one.subject} ${one.started_at}`}
      />
    </div>
  );
}
