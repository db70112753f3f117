/** One backtest as a whole: how it went, its figures beside those of holding, and its luck. */

import { useQuery } from "@tanstack/react-query";
import { lazy } from "react";
import { ChartFrame } from "@/charts/ChartFrame";
import { Badge } from "@/design/Badge";
import { count, date, day, decimal, percent, signed } from "@/design/format";
import { Panel } from "@/design/Panel";
import { Answer, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { type Backtest, backtestQuery, type Figures, type Stretch } from "./api";
import styles from "./Backtests.module.css";
import { luckOf, pictureOf, termsOf } from "./words";

const PathChart = lazy(() => import("./PathChart"));
const CHART_HEIGHT = 380;

export function Opened({ number }: { number: number }) {
  const query = useQuery(backtestQuery(number));
  return (
    <Answer query={query} skeleton={<Skeleton height={CHART_HEIGHT} />}>
      {(made) => <Whole made={made} />}
    </Answer>
  );
}

function Whole({ made }: { made: Backtest }) {
  const left = Object.entries(made.left_out);
  return (
    <>
      <Panel
        title={`${made.strategy}, ${date(made.from_on)} to ${date(made.to_on)}`}
        aside={made.simulated && <Badge tone="warn">SIMULATED</Badge>}
        note={made.verdict}
      >
        <ChartFrame
          label={pictureOf(made)}
          height={CHART_HEIGHT}
          columns={PATH}
          rows={made.path.at.map((at, n) => ({
            at,
            equity: made.path.equity[n],
            benchmark: made.path.benchmark[n],
            fallen: made.path.drawdown_pct[n],
          }))}
          rowKey={(row) => row.at}
        >
          <PathChart path={made.path} strategy={made.strategy} />
        </ChartFrame>
        <p className={styles.sentence}>{luckOf(made)}</p>
        <p className={styles.sentence}>{termsOf(made)}</p>
        {left.length > 0 && (
          <p className={styles.sentence}>
            Left out: {left.map(([symbol, why]) => `${symbol} (${why})`).join(", ")}.
          </p>
        )}
      </Panel>
      <div className={styles.halves}>
        <Panel title="Figures" note="Beside who held all symbols alike, at the same costs." flush>
          <Table
            caption="Figures of the backtest and of holding"
            columns={FIGURES}
            rows={LINES.map(([name, tell]) => ({
              name,
              own: tell(made.figures),
              held: tell(made.benchmark),
            }))}
            rowKey={(row) => row.name}
          />
        </Panel>
        <div className={styles.stack}>
          <Stretches title="By year" first="year" parts={made.years} />
          {made.regimes.length > 0 && (
            <Stretches
              title="By the market’s state"
              note="As it was the evening before: it rises above its mean of 50 days, and is wild above the median of its volatility so far."
              first="market"
              parts={made.regimes}
            />
          )}
        </div>
      </div>
    </>
  );
}

interface PathRow {
  at: string;
  equity: number | undefined;
  benchmark: number | undefined;
  fallen: number | undefined;
}

const PATH: Column<PathRow>[] = [
  { key: "at", head: "day", cell: (row) => day(row.at) },
  { key: "own", head: "traded", number: true, cell: (row) => decimal(row.equity) },
  { key: "held", head: "held", number: true, cell: (row) => decimal(row.benchmark) },
  { key: "fall", head: "below its highest", number: true, cell: (row) => percent(row.fallen) },
];

interface FigureRow {
  name: string;
  own: string;
  held: string;
}

const FIGURES: Column<FigureRow>[] = [
  { key: "name", head: "figure", cell: (row) => row.name },
  { key: "own", head: "traded", number: true, cell: (row) => row.own },
  { key: "held", head: "held", number: true, cell: (row) => row.held },
];

const plain = (value: number | null) => (value === null ? "–" : `${decimal(value)} %`);

const LINES: readonly (readonly [string, (figures: Figures) => string])[] = [
  ["Return", (one) => percent(one.return_pct)],
  ["Return a year", (one) => percent(one.yearly_return_pct)],
  ["Volatility a year", (one) => plain(one.volatility_pct)],
  ["Sharpe ratio", (one) => signed(one.sharpe)],
  ["Deepest fall", (one) => percent(one.drawdown_pct)],
  ["Longest fall, days", (one) => count(one.drawdown_days)],
  ["Turnover a year", (one) => decimal(one.turnover)],
  ["Exposure", (one) => plain(one.exposure_pct)],
  ["Net exposure", (one) => percent(one.net_pct)],
  ["Costs", (one) => plain(one.cost_pct)],
  ["Orders", (one) => count(one.trades)],
  ["Days", (one) => count(one.days)],
];

interface StretchesProps {
  title: string;
  note?: string;
  first: string;
  parts: readonly Stretch[];
}

function Stretches({ title, note, first, parts }: StretchesProps) {
  const columns: Column<Stretch>[] = [
    { key: "name", head: first, cell: (one) => one.name },
    { key: "days", head: "days", number: true, wide: true, cell: (one) => count(one.days) },
    { key: "own", head: "traded", number: true, cell: (one) => percent(one.return_pct) },
    { key: "held", head: "held", number: true, cell: (one) => percent(one.benchmark_return_pct) },
    { key: "sharpe", head: "Sharpe", number: true, cell: (one) => signed(one.sharpe) },
  ];
  // Days that do not follow one another have none.
  if (parts.some((one) => one.drawdown_pct !== null)) {
    columns.push({
      key: "fall",
      head: "deepest fall",
      number: true,
      wide: true,
      cell: (one) => percent(one.drawdown_pct),
    });
  }
  return (
    <Panel title={title} note={note} flush>
      <Table caption={title} columns={columns} rows={parts} rowKey={(one) => one.name} />
    </Panel>
  );
}
