/** What trading the signals would have brought: a line a trial, one of them opened. */

import { useQuery } from "@tanstack/react-query";
import { Badge } from "@/design/Badge";
import { date, percent, share, signed } from "@/design/format";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { Explain } from "../components/Explain";
import { RangeBar, scaleFor } from "../components/RangeBar";
import type { Range } from "../figures";
import { backtestsQuery, type Glance } from "./api";
import styles from "./Backtests.module.css";
import { Opened } from "./Opened";
import { kindOf } from "./words";

interface BacktestsProps {
  /** The one that is opened; null for the newest. */
  opened: number | null;
  onOpen: (number: number) => void;
}

export function Backtests({ opened, onOpen }: BacktestsProps) {
  const query = useQuery(backtestsQuery);
  return (
    <section className={styles.backtests} aria-label="Backtests">
      <Answer query={query} skeleton={<Skeleton height={180} />}>
        {({ items }) => {
          const chosen = opened ?? items[0]?.id;
          return chosen === undefined ? (
            <Panel title={<Title />}>
              <None />
            </Panel>
          ) : (
            <>
              <Panel
                title={<Title />}
                aside={<Explain what="deflated" />}
                note="Stored history, traded at the next open with costs. It shows what would have been, and promises nothing."
                flush
              >
                <Table
                  caption="The newest backtests"
                  columns={columnsFor(items, chosen, onOpen)}
                  rows={items}
                  rowKey={(one) => one.id}
                />
              </Panel>
              <Opened number={chosen} />
            </>
          );
        }}
      </Answer>
    </section>
  );
}

const Title = () => <>What trading would have brought</>;

function None() {
  return (
    <Empty title="No backtest yet">
      <p>
        <code>fintech signals backtest</code> makes one; every Saturday one is made of each
        strategy.
      </p>
    </Empty>
  );
}

function rangeOf({ sharpe, sharpe_low: low, sharpe_high: high }: Glance): Range | null {
  if (sharpe == null || low == null || high == null) return null;
  return { low, value: sharpe, high };
}

function columnsFor(
  items: readonly Glance[],
  chosen: number,
  onOpen: (number: number) => void,
): Column<Glance>[] {
  const scale = scaleFor(items.map(rangeOf), 0, 1);
  return [
    {
      key: "strategy",
      head: "strategy",
      cell: (one) => (
        <div className={styles.which}>
          <button
            type="button"
            className={styles.name}
            aria-pressed={one.id === chosen}
            onClick={() => onOpen(one.id)}
          >
            {one.strategy}
            <span className="visually-hidden">, {kindOf(one)}</span>
          </button>{" "}
          {one.simulated && <Badge tone="warn">SIMULATED</Badge>}
          <p className={styles.soft}>{kindOf(one)}</p>
        </div>
      ),
    },
    {
      key: "range",
      head: "days",
      wide: true,
      cell: (one) => (
        <>
          {date(one.from_on)} to {date(one.to_on)}
          <p className={styles.soft}>
            {one.symbols} {one.symbols === 1 ? "symbol" : "symbols"}, bars of {one.interval}
          </p>
        </>
      ),
    },
    { key: "return", head: "traded", number: true, cell: (one) => percent(one.return_pct) },
    { key: "held", head: "held", number: true, cell: (one) => percent(one.benchmark_return_pct) },
    {
      key: "sharpe",
      head: "Sharpe ratio",
      number: true,
      cell: (one) => <Sharpe one={one} scale={scale} />,
    },
    {
      key: "deflated",
      head: "more than luck",
      number: true,
      cell: (one) => (
        <>
          {share(one.deflated_sharpe)}
          {one.trials !== null && (
            <p className={styles.soft}>
              of {one.trials} {one.trials === 1 ? "trial" : "trials"}
            </p>
          )}
        </>
      ),
    },
    {
      key: "fall",
      head: "deepest fall",
      number: true,
      wide: true,
      cell: (one) => percent(one.drawdown_pct),
    },
  ];
}

function Sharpe({ one, scale }: { one: Glance; scale: readonly [number, number] }) {
  const range = rangeOf(one);
  if (!range) return <>–</>;
  const told = `${signed(range.low)} to ${signed(range.high)}`;
  return (
    <div className={styles.sharpe}>
      <span>
        {signed(range.value)} <small className={styles.soft}>{told}</small>
      </span>
      <RangeBar range={range} scale={scale} middle={0} label={`Sharpe ratio ${told}`} />
    </div>
  );
}
