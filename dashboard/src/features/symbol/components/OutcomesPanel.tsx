/** What became of the symbol's signals: how often they were right, and what came after. */

import { useQuery } from "@tanstack/react-query";
import { Target } from "lucide-react";
import { useMemo } from "react";
import type { Told } from "@/api/client";
import { Segments } from "@/design/Field";
import { Change } from "@/design/Figure";
import { count, share, words } from "@/design/format";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { AtLink } from "@/frame/AtLink";
import { type Asked, reviewQuery } from "../api";
import panels from "./panels.module.css";

type Horizon = Told<"HorizonShown">;

const COLUMNS: readonly Column<Horizon>[] = [
  { key: "horizon", head: "After", cell: (row) => row.horizon },
  { key: "count", head: "Signals", number: true, cell: (row) => count(row.count) },
  {
    key: "hits",
    head: "Sign right",
    number: true,
    cell: ({ sign }) => <Rate rate={sign} />,
  },
  {
    key: "buys",
    head: "Buys right",
    number: true,
    wide: true,
    cell: ({ buys }) => <Rate rate={buys} />,
  },
  {
    key: "sells",
    head: "Sells right",
    number: true,
    wide: true,
    cell: ({ sells }) => <Rate rate={sells} />,
  },
  {
    key: "return",
    head: "Mean return",
    number: true,
    cell: (row) => {
      const [followed] = row.rules;
      return <Change pct={followed?.return_pct.mean} />;
    },
  },
  {
    key: "verdict",
    head: "Score and return",
    wide: true,
    cell: ({ score }) => (
      <span title={score.mean === null ? undefined : `Coefficient ${score.mean.toFixed(3)}`}>
        {score.verdict}
      </span>
    ),
  },
];

function Rate({ rate }: { rate: Told<"RateShown"> }) {
  if (rate.count === 0) return <>–</>;
  const interval =
    rate.low !== null && rate.high !== null
      ? `${rate.hits} of ${rate.count}; 95 % of the time between ${share(rate.low)} and ${share(rate.high)}`
      : `${rate.hits} of ${rate.count}`;
  return <span title={interval}>{share(rate.hits / rate.count)}</span>;
}

interface OutcomesPanelProps {
  asked: Asked;
  backfilled: boolean;
  onBackfilled: (backfilled: boolean) => void;
}

export function OutcomesPanel({ asked, backfilled, onBackfilled }: OutcomesPanelProps) {
  const query = useQuery(reviewQuery(asked, backfilled));
  return (
    <Panel
      title="Outcomes"
      flush
      note={
        asked.at === null
          ? undefined
          : "Of signals up to the slot you look at, with what came after it."
      }
      aside={
        <Segments
          label="Which signals"
          value={backfilled ? "backfilled" : "live"}
          choices={[
            ["live", "Live"],
            ["backfilled", "Backfilled"],
          ]}
          onChoose={(chosen) => onBackfilled(chosen === "backfilled")}
        />
      }
    >
      <Answer query={query} skeleton={<Waiting />}>
        {(review) => <Figures review={review} {...{ asked, backfilled, onBackfilled }} />}
      </Answer>
    </Panel>
  );
}

function Waiting() {
  return (
    <div className={panels.inset}>
      <Skeleton height={30} lines={4} />
    </div>
  );
}

function Figures({
  review,
  asked,
  backfilled,
  onBackfilled,
}: OutcomesPanelProps & { review: Told<"ReviewShown"> }) {
  const own = useMemo(
    () =>
      review.strategies.find(({ strategy }) => strategy === asked.strategy) ?? review.strategies[0],
    [review, asked.strategy],
  );
  const settled = own?.horizons.some((horizon) => horizon.count > 0);
  if (!own || !settled) {
    const waiting = Math.max(0, ...(own?.horizons.map((horizon) => horizon.waiting) ?? []));
    return (
      <Empty icon={Target} title="No outcome is settled yet">
        {waiting > 0
          ? `${count(waiting)} signals wait for what comes after them; the daily review settles them. `
          : "Outcomes follow from signals. "}
        {!backfilled && (
          <button type="button" className={panels.inline} onClick={() => onBackfilled(true)}>
            Look at the backfilled history
          </button>
        )}
      </Empty>
    );
  }
  return (
    <>
      <Table
        caption={`Outcomes of the signals of ${words(own.strategy)}, by horizon`}
        columns={COLUMNS}
        rows={own.horizons}
        rowKey={(row) => row.horizon}
      />
      <p className={panels.insetFoot}>
        Mean return of following its buys and sells.{" "}
        <AtLink to={`/record?symbol=${encodeURIComponent(asked.symbol)}`}>Track record</AtLink>
      </p>
    </>
  );
}
