/** The newest signals, each with the page that explains it, and what came after. */

import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { Signal } from "lucide-react";
import type { Told } from "@/api/client";
import { ActionBadge } from "@/design/Badge";
import { Change, Score } from "@/design/Figure";
import { price, share } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { AtLink } from "@/frame/AtLink";
import { type Asked, outcomesOfQuery, RECENT } from "../api";
import panels from "./panels.module.css";

type Outcome = Told<"OutcomeShown">;

interface SignalRow extends Told<"SignalShown"> {
  /** Undefined while they are asked for, and where they cannot be read. */
  outcomes: readonly Outcome[] | undefined;
}

/** As columns; the others are on the signal's page. */
const HORIZONS = ["1 bar", "1 session", "5 sessions"] as const;

const COLUMNS: readonly Column<SignalRow>[] = [
  {
    key: "slot",
    head: "Slot",
    cell: ({ symbol, slot_at }) => (
      <AtLink
        className={panels.rowLink}
        to={`/symbols/${encodeURIComponent(symbol)}/signals/${slot_at}`}
      >
        <Instant at={slot_at} />
      </AtLink>
    ),
  },
  { key: "action", head: "Action", cell: ({ action }) => <ActionBadge action={action} /> },
  { key: "score", head: "Score", number: true, cell: ({ score }) => <Score value={score} /> },
  {
    key: "confidence",
    head: "Confidence",
    number: true,
    cell: ({ confidence }) => share(confidence),
  },
  { key: "price", head: "Price", number: true, wide: true, cell: (row) => price(row.price) },
  ...HORIZONS.map(
    (horizon): Column<SignalRow> => ({
      key: horizon,
      head: horizon,
      number: true,
      wide: horizon !== "1 bar",
      cell: (row) => <Return row={row} horizon={horizon} />,
    }),
  ),
];

function Return({ row, horizon }: { row: SignalRow; horizon: string }) {
  if (!row.live) {
    const first = horizon === HORIZONS[0];
    return (
      <span className={panels.when} title="Only what a live tick judged is followed up by itself.">
        {first ? "backfilled" : "–"}
      </span>
    );
  }
  if (row.outcomes === undefined) return <>–</>;
  const outcome = row.outcomes.find((one) => one.horizon === horizon);
  if (!outcome) return <span className={panels.when}>waits</span>;
  if (outcome.return_pct === null) return <span title={outcome.reason ?? undefined}>–</span>;
  return <Change pct={outcome.return_pct} />;
}

interface SignalsPanelProps {
  asked: Asked;
  query: UseQueryResult<Told<"Page_SignalShown_">, Error>;
}

export function SignalsPanel({ asked, query }: SignalsPanelProps) {
  const live = query.data?.items.filter((signal) => signal.live) ?? [];
  const outcomes = useQueries({
    queries: live.map((signal) => outcomesOfQuery(signal.symbol, signal.strategy, signal.slot_at)),
  });
  const cutoff = asked.at === null ? Number.POSITIVE_INFINITY : Date.parse(asked.at);
  const found = new Map(
    live.map((signal, n) => [
      signal.slot_at,
      // At a past slot, nothing of what was only known later.
      outcomes[n]?.data?.filter((one) => Date.parse(one.settled_at) <= cutoff),
    ]),
  );
  return (
    <Panel
      title="Recent signals"
      flush
      note="The last columns: the return that came after, at each horizon."
    >
      <Answer query={query} skeleton={<Waiting />}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty icon={Signal} title="No signal yet">
              The next tick judges it, as soon as it has enough bars.
            </Empty>
          ) : (
            <Table
              caption={`Recent signals of ${asked.symbol}`}
              columns={COLUMNS}
              rows={page.items.map((signal) => ({
                ...signal,
                outcomes: found.get(signal.slot_at),
              }))}
              rowKey={(row) => `${row.slot_at} ${row.revision}`}
            />
          )
        }
      </Answer>
    </Panel>
  );
}

function Waiting() {
  return (
    <div className={panels.inset}>
      <Skeleton height={30} lines={RECENT} />
    </div>
  );
}
