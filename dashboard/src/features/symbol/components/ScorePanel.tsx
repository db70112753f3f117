/** What each component adds to the score, over time; at each slot it adds up. */

import type { UseQueryResult } from "@tanstack/react-query";
import { Layers } from "lucide-react";
import { lazy, useMemo } from "react";
import type { Told } from "@/api/client";
import type { BarAxis } from "@/charts/axis";
import { ChartFrame } from "@/charts/ChartFrame";
import type { Band } from "@/charts/ContributionChart";
import { Swatch } from "@/charts/Swatch";
import { useHovered } from "@/charts/together";
import { ActionBadge } from "@/design/Badge";
import { Score } from "@/design/Figure";
import { signed, words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import type { Column } from "@/design/Table";
import { AtLink } from "@/frame/AtLink";
import { componentsOf, rowAt, type ScoreRow, scoreRows } from "../words";
import styles from "./panels.module.css";

const ContributionChart = lazy(() => import("@/charts/ContributionChart"));

interface ScorePanelProps {
  query: UseQueryResult<Told<"SignalsDrawn">, Error>;
  axis: BarAxis | null;
  bands: readonly Band[];
  height: number;
  zone: string | undefined;
}

export function ScorePanel({ query, axis, bands, height, zone }: ScorePanelProps) {
  const signals = query.data;
  const rows = useMemo(() => (signals && axis ? scoreRows(signals, axis) : []), [signals, axis]);
  const components = useMemo(() => (signals ? componentsOf(signals) : []), [signals]);
  return (
    <Panel
      className={styles.lifted}
      title="Score and contributions"
      aside={signals && <span className={styles.when}>{signals.strategy}</span>}
    >
      <Answer query={query} skeleton={<Skeleton height={height + 28} />}>
        {(drawn) =>
          rows.length === 0 || !axis || axis.count === 0 ? (
            <Empty icon={Layers} title="No signals in this range">
              {drawn.strategy} has judged no slot here. Choose a longer range.
            </Empty>
          ) : (
            <>
              <ScoreLegend rows={rows} components={components} axis={axis} />
              <Chart symbol={drawn.symbol} {...{ rows, components, axis, bands, height, zone }} />
              {drawn.left_out > 0 && (
                <p className={styles.foot}>
                  {rows.length} of {rows.length + drawn.left_out} signals are drawn: every change of
                  action there is room for, and of each stretch the strongest.
                </p>
              )}
            </>
          )
        }
      </Answer>
    </Panel>
  );
}

interface ChartProps {
  symbol: string;
  rows: readonly ScoreRow[];
  components: readonly string[];
  axis: BarAxis;
  bands: readonly Band[];
  height: number;
  zone: string | undefined;
}

function Chart({ symbol, rows, components, ...chart }: ChartProps) {
  const stacked = useMemo(
    () => rows.map(({ position, score, parts }) => ({ ...parts, position, score })),
    [rows],
  );
  const columns = useMemo(() => columnsOf(symbol, components), [symbol, components]);
  return (
    <ChartFrame
      label={`Score of ${symbol} at ${rows.length} slots, and what each component adds to it`}
      height={chart.height}
      columns={columns}
      rows={[...rows].reverse()}
      rowKey={(row) => row.slotAt}
    >
      <ContributionChart components={components} rows={stacked} {...chart} />
    </ChartFrame>
  );
}

function columnsOf(symbol: string, components: readonly string[]): Column<ScoreRow>[] {
  return [
    {
      key: "slot",
      head: "Slot",
      cell: (row) => (
        <AtLink to={`/symbols/${encodeURIComponent(symbol)}/signals/${row.slotAt}`}>
          <Instant at={row.slotAt} />
        </AtLink>
      ),
    },
    ...components.map((name) => ({
      key: name,
      head: words(name),
      number: true,
      cell: (row: ScoreRow) => signed(row.parts[name], 3),
    })),
    { key: "score", head: "Score", number: true, cell: (row) => signed(row.score, 3) },
    { key: "action", head: "Action", cell: (row) => words(row.action) },
  ];
}

interface LegendProps {
  rows: readonly ScoreRow[];
  components: readonly string[];
  axis: BarAxis;
}

/** What the components add at the slot under the pointer, or at the newest. */
function ScoreLegend({ rows, components, axis }: LegendProps) {
  const hovered = useHovered();
  const row = hovered === null ? rows.at(-1) : rowAt(rows, axis.position(hovered));
  if (!row) return null;
  return (
    <p className={styles.parts}>
      <span className={styles.sum}>
        <span className={styles.when}>
          <Instant at={row.slotAt} />
        </span>
        <strong>
          <Score value={row.score} digits={3} />
        </strong>
        <ActionBadge action={row.action} />
      </span>
      {components.map((name) => (
        <span key={name} className={styles.part}>
          <Swatch component={name} />
          <span className={styles.name}>{words(name)}</span>
          {signed(row.parts[name], 3)}
        </span>
      ))}
    </p>
  );
}
